import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { RemediateActivities } from '../../workflows/contracts/remediate.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { actorOf, portOf, type RemediateDeps } from './deps.ts';

const EVERY_MS = 1_000;

/** Loads a window again, once per key, and follows the run to its end, heartbeating. */
export function rerunPipeline(deps: RemediateDeps): RemediateActivities['rerun_pipeline'] {
  return (request) =>
    permanentErrorsFail(async () => {
      const signal = cancellationSignal();
      const { system, pipeline, job, window } = request.params;
      const pipelines = portOf(deps, 'pipelines', system);
      let run = await pipelines.rerun({ ...actorOf(request), pipeline, job, window }, request.key, signal);
      while (run.status === 'queued' || run.status === 'running') {
        heartbeat({ run: run.run_id, status: run.status });
        await delay(EVERY_MS, undefined, { signal });
        run = await pipelines.run({ pipeline, job }, run.run_id, signal);
      }
      if (run.status === 'failed')
        throw ApplicationFailure.nonRetryable(
          `run ${run.run_id} of ${pipeline} for ${window.from} to ${window.to} failed: ${run.message || "see the pipeline's own log"}`,
          'PipelineRunFailed',
        );
      return { runId: run.run_id, records: run.records, at: run.at };
    });
}
