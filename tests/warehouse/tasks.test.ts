import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { rerunPipeline } from '../../activities/remediate/rerun-pipeline.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import { createSnowflakePlatform } from '../../src/platform/snowflake/adapter.ts';
import { createPipelineTasks, type PipelineTasks } from '../../src/platform/snowflake/tasks.ts';
import { WarehouseError } from '../../src/warehouse/port.ts';
import { createTables } from '../../src/warehouse/schema.ts';
import { createSnowflakeSession, type SnowflakeSession } from '../../src/warehouse/snowflake/session.ts';
import { platformsOver, policiesOf, SYSTEM } from '../support/memory-platform.ts';
import { type SnowflakeServer, startSnowflakeServer } from '../support/snowflake-server.ts';
import { startTaskServer, type TaskServer } from '../support/task-server.ts';

let snowflake: SnowflakeServer;
let server: TaskServer;
let session: SnowflakeSession;
let tasks: PipelineTasks;
let now: number;

const signal = () => AbortSignal.timeout(20_000);
const request = (key: string) => ({
  key,
  pipeline: 'transactions',
  task: 'AGENTOPS.PUBLIC.LOAD_TRANSACTIONS',
  window: { from: '2026-11-23T10:00:00.000Z', to: '2026-11-23T11:00:00.000Z' },
  by: 'agentops INC-2026-1123',
  reason: "the source's outage",
});
const row = async (key: string) =>
  (await session.run({ sql: 'SELECT * FROM PIPELINE_RERUNS WHERE rerun_key = ?', params: [key] }))[0]!;
/** What the task's own procedure does with the row that was started. */
const finish = (status: string, records: number | null, message: string | null) =>
  session.run({
    sql:
      "UPDATE PIPELINE_RERUNS SET status = ?, run_id = 'run-7', record_count = ?, message = ?, " +
      "finished_at = CAST('2026-11-23T12:00:09.000Z' AS TIMESTAMP_NTZ) WHERE status = 'started'",
    params: [status, records, message],
  });
const rejection = async (promise: Promise<unknown>): Promise<WarehouseError> => {
  const error = await promise.then(() => undefined).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(WarehouseError);
  return error as WarehouseError;
};

beforeAll(async () => {
  snowflake = await startSnowflakeServer();
  server = await startTaskServer(snowflake.url);
  session = createSnowflakeSession({ ...snowflake.config, url: server.url }, { environment: 'test' });
  for (const sql of createTables('Snowflake')) await session.run({ sql, params: [] });
  tasks = createPipelineTasks(session, { now: () => now, everyMs: 10, unseenMs: 60_000 });
});
beforeEach(() => {
  now = Date.parse('2026-11-23T12:00:00.000Z');
});
afterEach(async () => {
  server.executed.length = 0;
  server.history = [];
  server.onExecute = null;
  await session.run({ sql: 'DELETE FROM PIPELINE_RERUNS', params: [] });
});
afterAll(async () => {
  await tasks.close();
  await server.close();
  await snowflake.close();
});

test('the window and the key are written before the task is executed, and the run is followed to its end', async () => {
  server.onExecute = async () => {
    expect(await row('k1')).toMatchObject({
      pipeline_name: 'transactions',
      window_from: '2026-11-23T10:00:00.000Z',
      window_to: '2026-11-23T11:00:00.000Z',
      requested_by: 'agentops INC-2026-1123',
      reason: "the source's outage",
      requested_at: expect.stringMatching(/^20.*Z$/),
      status: 'started',
    });
    server.history = [['EXECUTING', null, '01b9c7f1-0001-2f5c-0000-000000a4e1f4']];
    setTimeout(() => void finish('succeeded', 3_600, null), 100);
    return 'executed';
  };
  expect(await tasks.rerun(request('k1'), signal())).toEqual({
    runId: 'run-7',
    records: 3_600,
    at: '2026-11-23T12:00:09.000Z',
  });
  expect(server.executed).toEqual(['EXECUTE TASK AGENTOPS.PUBLIC.LOAD_TRANSACTIONS']);
});

test('the same key runs the task once: asked twice at a time, again, and after an answer was lost', async () => {
  server.onExecute = async () => {
    await finish('succeeded', 12, null);
    return 'lost';
  };
  const both = await Promise.allSettled([
    tasks.rerun(request('k2'), signal()),
    tasks.rerun(request('k2'), signal()),
  ]);
  for (const each of both) {
    if (each.status === 'rejected') expect(each.reason).toMatchObject({ permanent: false });
  }
  expect(await tasks.rerun(request('k2'), signal())).toMatchObject({ runId: 'run-7', records: 12 });
  expect(server.executed).toHaveLength(1);
});

test('a key that stands for another window is refused', async () => {
  server.onExecute = async () => {
    await finish('succeeded', 12, null);
    return 'executed';
  };
  await tasks.rerun(request('k3'), signal());
  const other = {
    ...request('k3'),
    window: { from: '2026-11-23T08:00:00.000Z', to: '2026-11-23T09:00:00.000Z' },
  };
  const error = await rejection(tasks.rerun(other, signal()));
  expect(error).toMatchObject({ permanent: true, message: expect.stringContaining('2026-11-23T10:00') });
  expect(server.executed).toHaveLength(1);
});

test('a task that reports failure fails with its message, and stays failed', async () => {
  server.onExecute = async () => {
    await finish('failed', null, 'source has no file for 10:00');
    return 'executed';
  };
  for (let i = 0; i < 2; i++) {
    const error = await rejection(tasks.rerun(request('k4'), signal()));
    expect(error).toMatchObject({ permanent: true, message: expect.stringContaining('no file for 10:00') });
  }
  expect(server.executed).toHaveLength(1);
});

test('a task that ends without a word in the table fails with what its history says', async () => {
  server.onExecute = async () => {
    server.history = [['FAILED', 'Division by zero', '01b9c7f1-0001-2f5c-0000-000000a4e1f4']];
    return 'executed';
  };
  const error = await rejection(tasks.rerun(request('k5'), signal()));
  expect(error.permanent).toBe(true);
  expect(error.message).toContain('Division by zero');
  expect(error.message).toContain('01b9c7f1');
});

test('the history asked for is that of this very task, and of runs that were not of its schedule', async () => {
  server.onExecute = async () => {
    server.history = [['SKIPPED', null, null]];
    return 'executed';
  };
  const error = await rejection(tasks.rerun(request('k9'), signal()));
  expect(error).toMatchObject({ permanent: true, message: expect.stringContaining('SKIPPED') });
  const { requested_at } = await row('k9');
  const { sqlText, bindings } = server.asked.at(-1)!;
  expect(sqlText).toContain("TASK_NAME => 'LOAD_TRANSACTIONS'");
  expect(sqlText).toContain("scheduled_from = 'EXECUTE TASK'");
  const bound = Object.values(bindings!).map(({ value }) => value);
  expect(bound).toEqual([requested_at, 'PUBLIC', 'AGENTOPS']);
});

test('a task that may not be executed fails for good and is written so', async () => {
  server.onExecute = async () => 'refused';
  const error = await rejection(tasks.rerun(request('k6'), signal()));
  expect(error).toMatchObject({ permanent: true, message: expect.stringContaining('not authorized') });
  expect(await row('k6')).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('not authorized'),
  });
});

test('a task that never shows up is not executed again on suspicion, but told', async () => {
  server.onExecute = async () => {
    now += 61_000;
    return 'executed';
  };
  const error = await rejection(tasks.rerun(request('k7'), signal()));
  expect(error).toMatchObject({ permanent: true, message: expect.stringContaining('no run') });
  expect(server.executed).toHaveLength(1);
});

test('a name that is none of a task never reaches Snowflake', async () => {
  const error = await rejection(tasks.rerun({ ...request('k8'), task: 'T; DROP TABLE X' }, signal()));
  expect(error.permanent).toBe(true);
  expect(server.executed).toEqual([]);
});

test('as a system of pipelines it reruns through the task that the card names, and answers for its runs', async () => {
  server.onExecute = async () => {
    await finish('succeeded', 40, null);
    return 'executed';
  };
  const { pipelines } = createSnowflakePlatform(tasks, () => Date.parse('2026-11-23T12:00:00.000Z'));
  const tool = rerunPipeline({
    platforms: platformsOver({ pipelines }),
    policies: policiesOf(Policy.parse({ components: {} })),
    connectors: { send: () => Promise.reject(new Error('no message is sent')) },
    publicUrl: '',
  });
  const params = {
    system: { ...SYSTEM, name: 'snowflake' },
    pipeline: 'transactions',
    job: 'AGENTOPS.PUBLIC.LOAD_TRANSACTIONS',
    window: request('').window,
    reason: 'outage',
  };
  const ask = { component: 'classifier', incidentId: 'INC-2026-1123', key: 'k10', params };
  const done = await new MockActivityEnvironment().run(tool, ask);
  expect(done).toEqual({ runId: 'k10', records: 40, at: '2026-11-23T12:00:09.000Z' });
  expect(server.executed).toEqual(['EXECUTE TASK AGENTOPS.PUBLIC.LOAD_TRANSACTIONS']);
  expect(await pipelines.run({ pipeline: 'transactions', job: null }, 'k10')).toMatchObject({
    status: 'succeeded',
    records: 40,
  });
  await expect(pipelines.run({ pipeline: 'transactions', job: null }, 'k11')).rejects.toMatchObject({
    status: 404,
  });
  const nameless = { ...ask, key: 'k12', params: { ...params, job: null } };
  await expect(new MockActivityEnvironment().run(tool, nameless)).rejects.toThrow(
    'set pipelines.transactions.job',
  );
});
