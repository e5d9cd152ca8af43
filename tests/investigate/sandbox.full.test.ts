import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { investigateActivities } from '../../activities/investigate/index.ts';
import { monitorActivities } from '../../activities/monitor/index.ts';
import { searchQueries } from '../../src/domain/strategy.ts';
import { createKnowledge } from '../../src/knowledge/sqlite/index.ts';
import { createHttpPlatform } from '../../src/platform/http/adapter.ts';
import { riskyOf } from '../../src/reasoning/plan.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { createDuckDbWarehouse } from '../../src/warehouse/duckdb/session.ts';
import { platformDeps, policiesOf } from '../support/memory-platform.ts';
import { alert, policy } from './fixtures.ts';

/** Monitor and Investigator on the sandbox's own world, over HTTP; no workflow between them. */

const env = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
const run = <P extends unknown[], R>(tool: (...args: P) => Promise<R>, ...args: P) =>
  env.run(tool, ...args) as Promise<R>;
const store = openSqliteStore(':memory:');
const knowledge = createKnowledge(':memory:');
const clock = Date.parse('2026-11-23T12:07:30.000Z');
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    port: 0,
    dataDir: ':memory:',
    seed: 1,
    token: 'secret',
    ticking: false,
    now: () => clock,
  });
  await knowledge.ingest(['runbooks', 'incidents']);
});
afterAll(async () => {
  await sandbox.close();
  knowledge.close();
  store.close();
});

async function investigated(incidentId: string) {
  const deps = {
    warehouse: createDuckDbWarehouse({ url: sandbox.url, token: 'secret' }),
    ...platformDeps(createHttpPlatform({ url: sandbox.url }), store),
    policies: policiesOf(policy),
    store,
    knowledge,
    now: () => new Date(clock),
  };
  const sendAlerts = async () => {
    throw new Error('nothing is raised here');
  };
  const monitor = monitorActivities({ ...deps, sendAlerts } as never);
  const tools = investigateActivities({ ...deps, model: null });
  const check = { component: 'classifier', incidentId, round: '1' };
  for (const tool of ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'] as const)
    await run(monitor[tool], { components: ['classifier'], incidentId, round: '1' });
  const alerts = [alert('model_drift', { starts_at: new Date(clock).toISOString() })];
  const ask = { ...check, strategy: 'model_drift' as const, alerts };
  const queries = searchQueries('model_drift', alerts);
  await run(tools.search_runbooks, { ...ask, query: queries.runbooks });
  await run(tools.search_incidents, { ...ask, query: queries.incidents });
  await run(tools.query_snowflake_history, ask);
  await run(tools.compare_model_versions, ask);
  const evidence = (await store.evidenceOf(incidentId)).map(({ id }) => id);
  const round = { ...ask, evidence, pastActions: [], mayAsk: false };
  return (await run(tools.diagnose, round)).diagnosis!;
}

test('the seeded world is healthy, and nothing is proposed', async () => {
  const diagnosis = await investigated('INC-2026-1122');
  expect(diagnosis).toMatchObject({ verdict: 'healthy', category: 'healthy', recommended_actions: [] });
});

test('the vendor’s change is found in it, dated, and answered with a retraining', async () => {
  const answer = await fetch(`${sandbox.url}/simulate/upstream_change`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
    body: '{}',
  });
  expect(answer.status).toBe(200);
  const { started_at } = (await answer.json()) as { started_at: string };
  const diagnosis = await investigated('INC-2026-1123');
  expect(diagnosis).toMatchObject({
    verdict: 'confirmed',
    category: 'upstream_change',
    runbook_reference: 'runbook_model_drift.md#section-3-2',
  });
  expect(Math.abs(Date.parse(diagnosis.onset!) - Date.parse(started_at))).toBeLessThanOrEqual(60_000);
  expect(diagnosis.root_cause).toMatch(/^V14 and V17 left/);
  expect(diagnosis.similar_incidents[0]).toMatch(/^INC-2026-0115/);
  expect(riskyOf(diagnosis.recommended_actions).map(({ action }) => action)).toEqual([
    'retrain_model',
    'rollback_model',
  ]);
});
