import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { monitorActivities } from '../../activities/monitor/index.ts';
import type { Alert } from '../../src/domain/alert.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import { createHttpPlatform } from '../../src/platform/http/adapter.ts';
import type { HealthFacts } from '../../src/reasoning/facts.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { createDuckDbWarehouse } from '../../src/warehouse/duckdb/session.ts';
import type { CheckAnswers, CheckResult, MonitorActivities } from '../../workflows/contracts/monitor.ts';
import { platformDeps, policiesOf } from '../support/memory-platform.ts';

const TOOLS = ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'] as const;
const token = 'sandbox-token';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let startedAt: number;
let sandbox: Sandbox;
let store: Store;
let activities: MonitorActivities;
let delivered: Alert[] = [];
beforeAll(async () => {
  startedAt = Date.now();
  sandbox = await startSandbox({ port: 0, dataDir: ':memory:', seed: 1, token, ticking: false });
  store = openSqliteStore(':memory:');
  const policy = Policy.parse({
    components: { classifier: { model: 'classifier', pipelines: ['transactions'] } },
  });
  activities = activitiesAt(() => new Date(), policy);
}, 120_000);
afterAll(async () => {
  await sandbox?.close();
  store?.close();
});

function activitiesAt(now: () => Date, policy: Policy): MonitorActivities {
  return monitorActivities({
    warehouse: createDuckDbWarehouse({ url: sandbox.url, token }),
    ...platformDeps(createHttpPlatform({ url: sandbox.url }), store),
    store,
    policies: policiesOf(policy),
    now,
    intake: {
      deliver: async (alerts) => {
        delivered.push(...alerts);
      },
    },
  });
}

/** One poll, tool after tool, that answers every measurement as an incident's does: its rule, subject and state. */
async function poll(incidentId = 'INC-2026-0226'): Promise<string[]> {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const results: CheckResult[] = [];
  for (const tool of TOOLS) {
    const answers: CheckAnswers = await environment.run(activities[tool], {
      components: ['classifier'],
      incidentId,
    });
    results.push(answers.classifier as CheckResult);
  }
  const measurements = results.flatMap((result) => result.measurements);
  const activeVersion = results[0]!.activeVersion;
  delivered = [];
  await environment.run(activities.raise_alerts, {
    group: 'default',
    at: new Date().toISOString(),
    found: [{ component: 'classifier', activeVersion, measurements }],
    failures: [],
    succeeded: true,
  });
  return measurements.map((m) => [m.rule, m.subject, m.state].filter(Boolean).join(' '));
}

test('the drift in the seeded history is found by the first poll after it, and by none before', async () => {
  const seeded = Math.floor(startedAt / HOUR) * HOUR;
  // As seed/history.ts lays it out.
  const [began, ended] = [seeded - 9 * DAY, seeded - 8.25 * DAY];
  const policy = Policy.parse({ components: { classifier: { model: 'classifier' } } });
  const found = async (at: number) => {
    const tools = activitiesAt(() => new Date(at), policy);
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    const about = {
      components: ['classifier'],
      version: 'v1',
      incidentId: 'INC-2026-0218',
      round: String(at),
    };
    const answers: CheckAnswers = await environment.run(tools.check_drift, about);
    return (answers.classifier as CheckResult).measurements
      .filter(({ state }) => state === 'firing')
      .map(({ rule, subject }) => [rule, subject].filter(Boolean).join(' '));
  };
  expect(await found(began)).toEqual([]);
  const drifted = ['model_drift', 'feature_drift V14', 'feature_drift V17'];
  expect(await found(began + HOUR)).toEqual(drifted);
  expect(await found(ended)).toEqual(drifted);
  expect(await found(ended + HOUR)).toEqual([]);
}, 60_000);

const states = (drift: string, f1: string) => [
  `model_drift ${drift}`,
  `feature_drift V14 ${drift}`,
  `feature_drift V17 ${drift}`,
  `accuracy_drop ${f1}`,
  'latency clear',
  'anomaly_spike clear',
  'data_quality transactions clear',
  'volume transactions:volume clear',
];

test('over real SQL the seeded world is quiet, the vendor change is one batch of four alerts, the repair resolves them', async () => {
  expect(await poll()).toEqual(states('clear', 'clear'));
  expect(delivered).toEqual([]);

  await post('/simulate/upstream_change');
  expect(await poll('INC-2026-0227')).toEqual(states('firing', 'firing'));
  expect(delivered.map((alert) => `${alert.severity} ${alert.fingerprint}`)).toEqual([
    'critical model_drift:classifier',
    'warning model_drift:classifier:V14',
    'warning model_drift:classifier:V17',
    'warning accuracy_drop:classifier',
  ]);
  const evidence = await store.evidenceOf('INC-2026-0227');
  expect(evidence.map((item) => item.tool).sort()).toEqual([...TOOLS].sort());
  const health = evidence.find((item) => item.tool === 'check_model_health')!.facts as HealthFacts;
  expect(health.disagreements).toEqual([]);

  await post('/simulate/reset');
  expect(await poll()).toEqual(states('clear', 'clear'));
  expect(delivered.map((alert) => alert.status)).toEqual(['resolved', 'resolved', 'resolved', 'resolved']);
}, 180_000);

async function post(path: string): Promise<void> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': path },
    body: '{}',
  });
  expect([path, response.status]).toEqual([path, 200]);
}
