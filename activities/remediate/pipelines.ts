import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { RemediateActivities } from '../../workflows/contracts.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { ACTOR, type RemediateDeps } from './deps.ts';

/** How the pipelines that policy names for a component last ended. Reads only. */
export function pipelineStatus({ platform, policy }: RemediateDeps): RemediateActivities['pipeline_status'] {
  return (component) =>
    permanentErrorsFail(async () => {
      const named = policy().components[component]?.pipelines ?? [];
      const known = await platform.pipelines(cancellationSignal());
      return named.flatMap((name) => {
        const pipeline = known.find((each) => each.name === name);
        return pipeline ? [{ name, lastStatus: pipeline.last_status, lastRunAt: pipeline.last_run_at }] : [];
      });
    });
}

/** Tool `rerun_pipeline`: once per key, through Snowflake where policy names the pipeline's task, else by the platform. */
export function rerunPipeline({
  platform,
  tasks,
  policy,
}: RemediateDeps): RemediateActivities['rerun_pipeline'] {
  return ({ component, incidentId, key, pipeline, window, reason }) =>
    permanentErrorsFail(async () => {
      const signal = cancellationSignal();
      const task = policy().components[component]?.tasks?.[pipeline];
      if (tasks && task) {
        const by = `${ACTOR} ${incidentId}`;
        return tasks.rerun({ key, pipeline, task, window, by, reason: reason.slice(0, 1000) }, signal);
      }
      const request = { ...window, by: ACTOR, incident: incidentId, reason: reason.slice(0, 1000) };
      const run = await platform.runPipeline(pipeline, request, key, signal);
      if (run.status === 'failed') {
        throw ApplicationFailure.nonRetryable(
          `run ${run.run_id} of ${pipeline} for ${window.from} to ${window.to} failed; see the pipeline's own log`,
          'PipelineRunFailed',
        );
      }
      return { runId: run.run_id, records: run.records, at: run.at };
    });
}
