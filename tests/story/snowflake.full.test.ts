import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Schedules } from '../../src/api/routes/schedules.ts';
import { PASSWORD, type SnowflakeServer, startSnowflakeServer } from '../support/snowflake-server.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './stage.ts';

jest.setTimeout(400_000);

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

const polls = async () => (await stage.api.get<Schedules>('/api/schedules')).schedules[0]!.polls;
const incidents = () => stage.api.get<{ summary: string; alert_type: string }[]>('/api/incidents?limit=50');

/** An incident's workflow as text, with what its payloads say. */
async function history(workflowId: string): Promise<string> {
  const { events } = await stage.temporal.workflow.getHandle(workflowId).fetchHistory();
  const text = JSON.stringify(events, (key, value) =>
    key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString() : value,
  );
  expect(text).toContain('cannot be measured');
  return text;
}

/** Waits for polls that succeed from now on. */
async function pollsSucceed(more: number): Promise<void> {
  const before = (await polls()).succeeded;
  await until(async () => (await polls()).succeeded >= before + more, 120_000, 250);
}

test('what breaks once in a while is tried again: polls go on, and nobody is alarmed', async () => {
  await pollsSucceed(1);
  const match = '^(SELECT|WITH)';
  await server.order(
    { on: 'query', match, kind: 'drop', times: 3 },
    { on: 'query', match, kind: 'status', status: 503, times: 3 },
    { on: 'query', match, kind: 'slow', seconds: 3, times: 6 },
    { on: 'query', match, kind: 'refuse', code: '390111', message: 'gone', times: 6 },
  );
  await pollsSucceed(4);
  await server.order();
  expect(await incidents()).toEqual([]);
});

test('a login that is refused is a warning that names it; once it is accepted again the incident closes', async () => {
  await server.order(
    { on: 'query', kind: 'refuse', code: '390111', message: 'Session no longer exists.', times: 1_000_000 },
    { on: 'login', kind: 'refuse', code: '390100', message: 'Incorrect password.', times: 1_000_000 },
  );
  const open = await stage.incident(({ summary }) => /cannot be measured since/.test(summary), 240_000);
  expect(open).toMatchObject({
    severity: 'warning',
    alert_type: 'data_quality',
    actions: [],
    diagnosis: null,
  });
  expect(JSON.stringify(open)).toContain('SNOWFLAKE_PASSWORD');
  await server.order();
  const closed = await stage.incident(({ closed_at }) => closed_at !== null, 120_000);
  expect(closed.status).toBe('closed_no_action');
  await pollsSucceed(3);
  expect(await incidents()).toHaveLength(1);
  expect(await stage.platform.trainings()).toEqual([]);

  const logs = join(stage.running.config.dataDir, 'logs');
  const written = (await readdir(logs)).map((name) => readFileSync(join(logs, name), 'utf8'));
  for (const text of [...written, await history(open.workflow_id)]) expect(text).not.toContain(PASSWORD);
  // The pools of worker and api, and the mirror.
  await until(async () => (await server.observe()).sessions <= 8, 60_000, 250);
});
