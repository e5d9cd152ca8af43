import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { TrainingJob } from '../../src/domain/platform.ts';
import type { RemediateActivities } from '../../workflows/contracts.ts';
import { permanentErrorsFail } from '../permanent.ts';
import type { RemediateDeps } from './deps.ts';

const EVERY = 1_000;

/** Asks for a job's progress until it has ended, heartbeating it. Reads only; a retry goes on where the job is by then. */
export function followTraining({ platform }: RemediateDeps): RemediateActivities['follow_training'] {
  return ({ jobId }) =>
    permanentErrorsFail(async (): Promise<TrainingJob> => {
      const signal = cancellationSignal();
      for (;;) {
        const job = await platform.training(jobId, signal);
        heartbeat({ progress: job.progress, message: job.message });
        if (job.status !== 'queued' && job.status !== 'running') return job;
        await delay(EVERY, undefined, { signal });
      }
    });
}
