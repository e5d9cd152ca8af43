import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type SnowflakeServer, startSnowflakeServer } from '../support/snowflake-server.ts';
import { type Stage, startStage } from './stage.ts';

let server: SnowflakeServer;
let stage: Stage;
beforeAll(async () => {
  server = await startSnowflakeServer();
  stage = await startStage({ snowflake: server.config, trafficPerSecond: 5 });
}, 240_000);
afterAll(async () => {
  await stage?.close();
  await server?.close();
});

test('on Snowflake too a change upstream is detected and diagnosed', async () => {
  await stage.drift('works', { live_rows_per_second: 20, label_delay: 2 });
  const { diagnosis } = await stage.incident((incident) => incident.diagnosis, 120_000);
  expect(diagnosis).toMatchObject({ category: 'upstream_change', diagnosed_by: 'rules' });
  expect(diagnosis!.root_cause).toMatch(/V14.*V17/);
  const { statements } = await server.observe();
  expect(statements.some(({ sql }) => sql.includes('FROM PREDICTION_LOGS'))).toBe(true);
}, 240_000);
