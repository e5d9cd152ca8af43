import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { monitorActivities } from '../../activities/monitor/index.ts';
import type { Alert } from '../../src/domain/alert.ts';
import { Policy } from '../../src/domain/policy.ts';
import { createPlatformClient } from '../../src/platform/client.ts';
import type { HealthFacts } from '../../src/reasoning/facts.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Store } from '../../src/store/port.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { createDuckDbWarehouse } from '../../src/warehouse/duckdb.ts';
import type { CheckAnswers, CheckResult, MonitorActivities } from '../../workflows/contracts.ts';

const TOOLS = ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'] as const;
const token = 'sandbox-token';

let sandbox: Sandbox;
let store: Store;
let activities: MonitorActivities;
let delivered: Alert[] = [];
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: ':memory:', seed: 1, token, ticking: false });
  store = openStore(':memory:');
  const policy = Policy.parse({
    components: { classifier: { model: 'classifier', pipelines: ['transactions'] } },
  });
  activities = monitorActivities({
    warehouse: createDuckDbWarehouse({ url: sandbox.url, token }),
    platform: createPlatformClient({ url: sandbox.url }),
    store,
    policy: () => policy,
    now: () => new Date(),
    intake: {
      deliver: async (alerts) => {
        delivered.push(...alerts);
      },
    },
  });
}, 120_000);
afterAll(async () => {
  await sandbox?.close();
  store?.close();
});

/** One poll, tool after tool; answers each measurement's rule, subject and state. */
async function poll(incidentId?: string): Promise<string[]> {
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
