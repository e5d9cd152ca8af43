import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { TrainingJob } from '../../src/domain/platform.ts';
import type { RemediateActivities } from '../../workflows/contracts/remediate.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { actorOf, portOf, type RemediateDeps } from './deps.ts';

const EVERY_MS = 1_000;

/** Starts one training job; the trainer answers the same key with the same job, so a retry starts no second one. */
export function triggerRetraining(deps: RemediateDeps): RemediateActivities['trigger_retraining'] {
  return (request) =>
    permanentErrorsFail(async () => {
      const { system, model, since } = request.params;
      const trainer = portOf(deps, 'trainer', system);
      const job = await trainer.start(
        { ...actorOf(request), model, since },
        request.key,
        cancellationSignal(),
      );
      return { jobId: job.id, status: job.status };
    });
}

/** Reads a job's progress until it has ended, heartbeating it. A retry goes on where the job is by then. */
export function followTraining(deps: RemediateDeps): RemediateActivities['follow_training'] {
  return ({ jobId, params }) =>
    permanentErrorsFail(async (): Promise<TrainingJob> => {
      const signal = cancellationSignal();
      for (;;) {
        const job = await portOf(deps, 'trainer', params.system).job(params.model, jobId, signal);
        heartbeat({ progress: job.progress, message: job.message });
        if (job.status !== 'queued' && job.status !== 'running') return job;
        await delay(EVERY_MS, undefined, { signal });
      }
    });
}

/** Stops a job that nobody waits for any more. */
export function stopTraining(deps: RemediateDeps): RemediateActivities['stop_training'] {
  return ({ jobId, params, key }) =>
    permanentErrorsFail(async () => {
      const trainer = portOf(deps, 'trainer', params.system);
      await trainer.stop(params.model, jobId, key, cancellationSignal());
    });
}
