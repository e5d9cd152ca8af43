import type { PipelineRun } from '../../domain/platform.ts';
import { WarehouseError } from '../../warehouse/port.ts';
import { type Capabilities, PlatformError } from '../port.ts';
import type { PipelineTasks, TaskRun } from './tasks.ts';

const WEEK = 7 * 24 * 3_600_000;
const STATUS = { requested: 'queued', started: 'running', succeeded: 'succeeded', failed: 'failed' } as const;

/** The capability `pipelines` over Snowflake tasks and the control table PIPELINE_RERUNS (tasks.ts). */
export function createSnowflakePlatform(
  tasks: PipelineTasks,
  now: () => number = Date.now,
): Pick<Capabilities, 'pipelines'> {
  const runs: Capabilities['pipelines']['runs'] = async ({ pipeline }, window, signal) =>
    (await asPlatform(() => tasks.runs(pipeline, window, signal))).map(runOf);
  return {
    pipelines: {
      /** All of the named: policy decides which pipelines are tasks. The last run is that of the last week's reruns. */
      async list(refs, signal) {
        const to = new Date(now() + 1000).toISOString();
        const from = new Date(now() - WEEK).toISOString();
        return Promise.all(
          refs.map(async (ref) => {
            const last = (await runs(ref, { from, to }, signal)).at(-1);
            return {
              name: ref.pipeline,
              feeds: [],
              schema_version: '',
              last_run_at: last?.at ?? null,
              last_status: last?.status ?? 'not rerun',
            };
          }),
        );
      },
      runs,
      /** Follows the run to its end: only the caller that moved the control row to `started` may execute the task. */
      async rerun({ pipeline, job, window, incident, reason }, key, signal) {
        if (job === null)
          throw new PlatformError(
            `expected the task that runs ${pipeline}, got none; set pipelines.${pipeline}.job to [[database.]schema.]task in the policy`,
            422,
          );
        const request = { key, pipeline, task: job, window, by: `agentops ${incident}`, reason };
        const patient = signal ?? new AbortController().signal;
        await asPlatform(() => tasks.rerun(request, patient));
        return found(await asPlatform(() => tasks.find(key, signal)), key);
      },
      run: async (_pipeline, id, signal) => found(await asPlatform(() => tasks.find(id, signal)), id),
    },
  };
}

/** A session's failure in the terms of the port: for good, or worth another try. */
async function asPlatform<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error;
    throw new PlatformError(error.message, error.permanent ? 422 : null, { cause: error });
  }
}

function found(run: TaskRun | null, key: string): PipelineRun {
  if (!run) throw new PlatformError(`expected a rerun "${key}" in PIPELINE_RERUNS, got none`, 404);
  return runOf(run);
}

/** `run_id` is the key of the control row: the task's own id comes late, and stands in the message. */
function runOf({ key, pipeline, window, status, runId, records, at, message }: TaskRun): PipelineRun {
  return {
    run_id: key,
    pipeline,
    status: STATUS[status],
    message: [runId && `run ${runId}`, message].filter(Boolean).join(': '),
    from: window.from,
    to: window.to,
    records,
    at,
  };
}
