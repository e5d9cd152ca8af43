import { setTimeout as delay } from 'node:timers/promises';
import type { TimeWindow } from '../../domain/measurement.ts';
import type { Statement } from '../../warehouse/dialect.ts';
import { type Row, WarehouseError } from '../../warehouse/port.ts';
import type { SnowflakeSession } from '../../warehouse/snowflake/session.ts';

const EVERY_MS = 2_000;
/** A task that was told to run shows up in its history after seconds; one that does not will not any more. */
const UNSEEN_MS = 3 * 60_000;
/** Others are ends without a word in the table: FAILED, CANCELLED, SKIPPED. After success, tasks behind this one may still run. */
const UNDER_WAY = new Set(['SCHEDULED', 'EXECUTING', 'SUCCEEDED']);

export interface TaskRerun {
  key: string;
  pipeline: string;
  /** `[[database.]schema.]task`, of plain identifiers. */
  task: string;
  window: TimeWindow;
  by: string;
  reason: string;
}

/** A row of the control table. */
export interface TaskRun {
  key: string;
  pipeline: string;
  window: TimeWindow;
  status: 'requested' | 'started' | 'succeeded' | 'failed';
  /** The task's own id of the run; null before it has one. */
  runId: string | null;
  records: number;
  /** When it finished, or was requested. */
  at: string;
  message: string;
}

/** Pipelines that are tasks in Snowflake. */
export interface PipelineTasks {
  /**
   * Runs a task for a window and follows it to its end. Once per key: whoever asks again is answered with the run there is, so
   * it is safe to retry. @throws WarehouseError, permanent when the run failed or was never seen
   */
  rerun(request: TaskRerun, signal: AbortSignal): Promise<{ runId: string; records: number; at: string }>;
  /** The rerun of a key; null when none was asked for under it. */
  find(key: string, signal?: AbortSignal): Promise<TaskRun | null>;
  /** Reruns of a pipeline that were requested within a window, oldest first. */
  runs(pipeline: string, window: TimeWindow, signal?: AbortSignal): Promise<TaskRun[]>;
  close(): Promise<void>;
}

/** Every statement of a rerun. The names in `EXECUTE TASK` and TASK_HISTORY cannot be bound, so they are checked instead. */
export const taskStatements = {
  /** At the time of Snowflake's clock, as TASK_HISTORY has its times. */
  request: ({ key, pipeline, task, window, by, reason }: TaskRerun): Statement => ({
    sql:
      'MERGE INTO PIPELINE_RERUNS USING (SELECT ? AS rerun_key, ? AS pipeline_name, ? AS task_name, ' +
      'CAST(? AS TIMESTAMP_NTZ) AS window_from, CAST(? AS TIMESTAMP_NTZ) AS window_to, ? AS requested_by, ? AS reason, ' +
      "SYSDATE() AS requested_at, 'requested' AS status) AS given " +
      'ON PIPELINE_RERUNS.rerun_key = given.rerun_key WHEN NOT MATCHED THEN INSERT ' +
      '(rerun_key, pipeline_name, task_name, window_from, window_to, requested_by, reason, requested_at, status) VALUES ' +
      '(given.rerun_key, given.pipeline_name, given.task_name, given.window_from, given.window_to, given.requested_by, ' +
      'given.reason, given.requested_at, given.status)',
    params: [key, pipeline, task, window.from, window.to, by, reason],
  }),
  /** One row updated: the task is this caller's to execute. */
  claim: (key: string): Statement => ({
    sql: "UPDATE PIPELINE_RERUNS SET status = 'started' WHERE rerun_key = ? AND status = 'requested'",
    params: [key],
  }),
  refused: (key: string, message: string): Statement => ({
    sql: "UPDATE PIPELINE_RERUNS SET status = 'failed', message = ?, finished_at = SYSDATE() WHERE rerun_key = ?",
    params: [message, key],
  }),
  find: (key: string): Statement => ({
    sql:
      'SELECT pipeline_name, task_name, window_from, window_to, requested_at, status, run_id, record_count, finished_at, message ' +
      'FROM PIPELINE_RERUNS WHERE rerun_key = ?',
    params: [key],
  }),
  runs: (pipeline: string, window: TimeWindow): Statement => ({
    sql:
      'SELECT rerun_key, pipeline_name, window_from, window_to, requested_at, status, run_id, record_count, finished_at, message ' +
      'FROM PIPELINE_RERUNS WHERE pipeline_name = ? AND requested_at >= CAST(? AS TIMESTAMP_NTZ) ' +
      'AND requested_at < CAST(? AS TIMESTAMP_NTZ) ORDER BY requested_at',
    params: [pipeline, window.from, window.to],
  }),
  execute: (task: string): Statement => ({ sql: `EXECUTE TASK ${checked(task)}`, params: [] }),
  /**
   * The newest run of the task since a time that was asked for, not one of its schedule, past or to come. The history takes bare
   * names only, and has every task of the name; one that the role may not look into is not there.
   */
  history: (task: string, since: string): Statement => {
    const [name, schema, database] = checked(task).toUpperCase().split('.').reverse();
    return {
      sql:
        `SELECT state, error_message, query_id FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => '${name}')) ` +
        "WHERE scheduled_from = 'EXECUTE TASK' AND COALESCE(query_start_time, scheduled_time) >= CAST(? AS TIMESTAMP_NTZ) " +
        'AND schema_name = COALESCE(?, CURRENT_SCHEMA()) AND database_name = COALESCE(?, CURRENT_DATABASE()) ' +
        'ORDER BY scheduled_time DESC LIMIT 1',
      params: [since, schema ?? null, database ?? null],
    };
  },
};

function checked(task: string): string {
  if (!/^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*){0,2}$/.test(task)) {
    throw new WarehouseError(`expected a task as [[database.]schema.]name, got "${task}"; see policy.yaml`, {
      permanent: true,
    });
  }
  return task;
}

/**
 * Reruns through the control table PIPELINE_RERUNS: `rerun_key, pipeline_name, task_name, window_from, window_to, requested_by,
 * reason, requested_at, status, run_id, record_count, finished_at, message`. The row is written first. Exactly one caller moves
 * its status from `requested` to `started`, and executes the task; should it die in between, the task has not run, and a
 * person is told so instead of running it on suspicion. The task takes its window from the row that is `started`, and sets
 * `succeeded` or `failed`, `run_id`, `record_count`, `finished_at` and `message`.
 */
export function createPipelineTasks(
  session: SnowflakeSession,
  { now = () => Date.now(), everyMs = EVERY_MS, unseenMs = UNSEEN_MS } = {},
): PipelineTasks {
  async function found(request: TaskRerun, signal: AbortSignal): Promise<Row> {
    const [row] = await session.run(taskStatements.find(request.key), signal);
    const same =
      row?.pipeline_name === request.pipeline &&
      Date.parse(String(row.window_from)) === Date.parse(request.window.from) &&
      Date.parse(String(row.window_to)) === Date.parse(request.window.to);
    if (!row || !same) {
      throw new WarehouseError(
        `expected PIPELINE_RERUNS ${request.key} to be ${request.pipeline} from ${request.window.from} to ${request.window.to}, ` +
          `got ${row ? `${row.pipeline_name} from ${row.window_from} to ${row.window_to}` : 'no row'}`,
        { permanent: true },
      );
    }
    return row;
  }

  /** Executes the task if nobody has, or is about to. */
  async function executeOnce({ key, task }: TaskRerun, signal: AbortSignal): Promise<void> {
    const execute = taskStatements.execute(task);
    const [claim] = await session.run(taskStatements.claim(key), signal);
    if (Number(claim?.['number of rows updated']) !== 1) return;
    try {
      await session.run(execute, signal);
    } catch (error) {
      // Refused is not executed. After any other error nobody knows, so the row stays as it is and its run is looked for.
      if (error instanceof WarehouseError && error.permanent) {
        await session.run(taskStatements.refused(key, error.message.slice(0, 1000)), signal);
      }
      throw error;
    }
  }

  const failed = ({ task, key }: TaskRerun, why: string) =>
    new WarehouseError(`task ${task} for PIPELINE_RERUNS ${key} ${why}`, { permanent: true });

  return {
    async rerun(request, signal) {
      checked(request.task);
      const begun = now();
      await session.run(taskStatements.request(request), signal);
      await found(request, signal);
      await executeOnce(request, signal);
      for (;;) {
        const row = await found(request, signal);
        if (row.status === 'succeeded') {
          const at = String(row.finished_at ?? new Date(now()).toISOString());
          return { runId: String(row.run_id), records: Number(row.record_count), at };
        }
        if (row.status === 'failed') throw failed(request, `failed: ${row.message ?? 'no message'}`);
        const history = taskStatements.history(request.task, String(row.requested_at));
        const [run] = await session.run(history, signal);
        if (run && !UNDER_WAY.has(String(run.state))) {
          throw failed(
            request,
            `ended as ${run.state}: ${run.error_message ?? 'no message'} (query ${run.query_id ?? 'none'})`,
          );
        }
        if (!run && now() - begun > unseenMs) {
          throw failed(
            request,
            `expected to run, got no run in its history after ${unseenMs / 60_000} min; look at the task, and whether the role may look into its history (OPERATE)`,
          );
        }
        await delay(everyMs, undefined, { signal });
      }
    },
    async find(key, signal) {
      const [row] = await session.run(taskStatements.find(key), signal);
      return row ? runOf({ ...row, rerun_key: key }) : null;
    },
    async runs(pipeline, window, signal) {
      return (await session.run(taskStatements.runs(pipeline, window), signal)).map(runOf);
    },
    close: () => session.close(),
  };
}

function runOf(row: Row): TaskRun {
  return {
    key: String(row.rerun_key),
    pipeline: String(row.pipeline_name),
    window: { from: String(row.window_from), to: String(row.window_to) },
    status: row.status as TaskRun['status'],
    runId: row.run_id === null ? null : String(row.run_id),
    records: Number(row.record_count ?? 0),
    at: String(row.finished_at ?? row.requested_at),
    message: String(row.message ?? ''),
  };
}
