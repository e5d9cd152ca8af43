import { afterAll, beforeAll } from '@jest/globals';
import type { Pipelines } from '../../src/platform/port.ts';
import { createSnowflakePlatform } from '../../src/platform/snowflake/adapter.ts';
import { createPipelineTasks, type PipelineTasks } from '../../src/platform/snowflake/tasks.ts';
import { createTables } from '../../src/warehouse/schema.ts';
import { createSnowflakeSession, type SnowflakeSession } from '../../src/warehouse/snowflake/session.ts';
import { type SnowflakeServer, startSnowflakeServer } from '../support/snowflake-server.ts';
import { startTaskServer, type TaskServer } from '../support/task-server.ts';
import { pipelinesSuite } from './suite/pipelines.ts';

/** Snowflake tasks as *pipelines*, through the real driver. */

let snowflake: SnowflakeServer;
let server: TaskServer;
let session: SnowflakeSession;
let tasks: PipelineTasks;
let pipelines: Pipelines;
const window = { from: '2026-11-23T10:00:00.000Z', to: '2026-11-23T11:00:00.000Z' };

beforeAll(async () => {
  snowflake = await startSnowflakeServer();
  server = await startTaskServer(snowflake.url);
  session = createSnowflakeSession({ ...snowflake.config, url: server.url }, { environment: 'test' });
  for (const sql of createTables('Snowflake')) await session.run({ sql, params: [] });
  // What the task's own procedure does with the row that was started.
  server.onExecute = async () => {
    server.history = [['EXECUTING', null, '01b9c7f1-0001-2f5c-0000-000000a4e1f4']];
    await session.run({
      sql:
        "UPDATE PIPELINE_RERUNS SET status = 'succeeded', run_id = 'run-7', record_count = 3600, " +
        "finished_at = CAST(? AS TIMESTAMP_NTZ) WHERE status = 'started'",
      params: [new Date().toISOString()],
    });
    return 'executed';
  };
  tasks = createPipelineTasks(session, { now: () => Date.now(), everyMs: 10, unseenMs: 60_000 });
  ({ pipelines } = createSnowflakePlatform(tasks));
});
afterAll(async () => {
  await tasks.close();
  await server.close();
  await snowflake.close();
});

pipelinesSuite(() => ({
  pipelines,
  known: [
    { pipeline: 'transactions', job: 'AGENTOPS.PUBLIC.LOAD_TRANSACTIONS' },
    { pipeline: 'accounts', job: 'AGENTOPS.PUBLIC.LOAD_ACCOUNTS' },
  ],
  unknown: { pipeline: 'nobody', job: null },
  window,
}));
