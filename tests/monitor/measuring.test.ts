import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { monitorActivities } from '../../activities/monitor/index.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import { PlatformError } from '../../src/platform/port.ts';
import type { DriftFacts, HealthFacts, OutcomeFacts, QualityFacts } from '../../src/reasoning/facts.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { WarehouseError } from '../../src/warehouse/port.ts';
import type { CheckAnswers, CheckResult, ComponentCheck } from '../../workflows/contracts/monitor.ts';
import { platformDeps, policiesOf } from '../support/memory-platform.ts';
import { HOUR, traffic, VENDOR_CHANGE, world } from '../support/world.ts';

const NOW = Date.parse('2026-02-27T14:00:00Z');
const MEASURED = { model: 'classifier', pipelines: ['transactions'] };
const policy = Policy.parse({
  components: {
    classifier: MEASURED,
    strict: {
      ...MEASURED,
      window: '30m',
      thresholds: { latency: { p99_ms: 20 }, model_drift: { aggregate_psi: 9 } },
    },
    slow_labels: { ...MEASURED, label_delay: '3h' },
  },
});
const polled = { component: 'classifier', polled: true as const };
/** Of an incident every measurement is answered whole; of a poll only what raises or clears. */
const about = { component: 'classifier', incidentId: 'INC-2026-0227', round: 'opening' };

let store: Store;
let w: ReturnType<typeof world>;
beforeEach(() => {
  store = openSqliteStore(':memory:');
  w = world(NOW, { seed: 1 });
});
afterEach(() => store.close());

/** Runs a tool as Temporal would, its answer through JSON. */
async function run(
  tool: 'check_drift' | 'query_snowflake' | 'check_data_quality' | 'check_model_health',
  { component, ...request }: ComponentCheck = about,
  now = NOW,
): Promise<CheckResult> {
  const activities = monitorActivities({
    warehouse: w.warehouse,
    ...platformDeps(w.platform, store),
    store,
    intake: { deliver: async () => {} },
    policies: policiesOf(policy),
    now: () => new Date(now),
  });
  const result = await new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(
    activities[tool],
    { ...request, components: [component] },
  );
  return (JSON.parse(JSON.stringify(result)) as CheckAnswers)[component] as CheckResult;
}

const lastHour = (seed: number, n: number, more: Partial<Parameters<typeof traffic>[0]> = {}) =>
  traffic({ seed, n, from: NOW - HOUR, to: NOW, ...more });

const rule = (result: CheckResult, name: string, subject?: string) =>
  result.measurements.find((m) => m.rule === name && (subject === undefined || m.subject === subject))!;

test('the vendor change fires aggregate drift and the two features, with the figures of the design', async () => {
  w.warehouse.rows.push(...lastHour(2, 30_000, { change: VENDOR_CHANGE }));
  const result = await run('check_drift', about);
  const drift = rule(result, 'model_drift');
  expect(drift.state).toBe('firing');
  expect(drift.value).toBeGreaterThan(0.4);
  expect(drift.value).toBeLessThan(0.5);
  expect(rule(result, 'feature_drift', 'V14').value).toBeCloseTo(0.8, 1);
  expect(rule(result, 'feature_drift', 'V17').value).toBeCloseTo(0.6, 1);
  expect(result.measurements.filter((m) => m.state === 'firing')).toHaveLength(3);
  expect(drift.text).toMatch(
    /Aggregate PSI 0\.4\d \(limit 0\.30\) over 30,000 rows of v2; V14 0\.\d+, V17 0\.\d+; 27 others/,
  );
  expect(result.activeVersion).toBe('v2');

  const [evidence] = await store.evidence(result.evidence.map((ref) => ref.id));
  expect(evidence).toMatchObject({ tool: 'check_drift', incident_id: 'INC-2026-0227', summary: drift.text });
  const facts = evidence!.facts as DriftFacts;
  expect(facts.features).toHaveLength(29);
  expect(facts.features.filter((f) => f.drifted).map((f) => f.feature)).toEqual(['V14', 'V17']);
  expect(facts.platform_aggregate).toBe(0);
});

test('a poll carries the statement behind what fires alone; of an incident its evidence has it', async () => {
  w.warehouse.rows.push(...lastHour(2, 2_000, { change: { V14: { scale: 1, shift: 2 } } }));
  const found = await run('check_drift', polled);
  expect(rule(found, 'model_drift')).toMatchObject({
    query: expect.stringContaining('"version":"v2"'),
    clears: 'clears below 0.24 aggregate PSI with at least 500 rows',
  });
  expect(rule(found, 'feature_drift', 'V17')).toBeUndefined();
  const asked = await run('check_drift', about);
  expect(rule(asked, 'model_drift').query).toBe('');
  const [evidence] = await store.evidence(asked.evidence.map((ref) => ref.id));
  expect(evidence!.asked).toContain('"version":"v2"');
});

test('a healthy hour is clear on every rule', async () => {
  w.warehouse.rows.push(...lastHour(3, 10_000));
  w.warehouse.quality = w.warehouse.quality.map((row) => ({ ...row, record_count: 10_000 }));
  const tools = ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'] as const;
  const states = [];
  for (const tool of tools) states.push(...(await run(tool)).measurements.map((m) => `${m.rule} ${m.state}`));
  expect(states).toEqual([
    'model_drift clear',
    'feature_drift clear',
    'feature_drift clear',
    'accuracy_drop clear',
    'latency clear',
    'anomaly_spike clear',
    'data_quality clear',
    'volume clear',
  ]);
});

test('only rows of the active version since its deployment are judged', async () => {
  w.warehouse.rows.push(...lastHour(4, 6_000, { version: 'v1', change: VENDOR_CHANGE }));
  w.warehouse.rows.push(...lastHour(5, 6_000, { change: VENDOR_CHANGE, to: NOW - HOUR / 2 }));
  w.warehouse.rows.push(...lastHour(6, 3_000, { from: NOW - HOUR / 2 }));
  w.state.info.deployments.push({
    at: new Date(NOW - HOUR / 2).toISOString(),
    kind: 'rollback',
    from: 'v3',
    to: 'v2',
    by: 'ana',
    incident: null,
    reason: 'v3 was worse',
  });
  const drift = rule(await run('check_drift'), 'model_drift');
  expect(drift).toMatchObject({ state: 'clear', samples: { current: 3_000 } });
  expect(drift.window.from).toBe(new Date(NOW - HOUR / 2).toISOString());
});

test('another version is judged against its own training rows when asked, since the time asked', async () => {
  const trained = {
    from: new Date(NOW - 3 * HOUR).toISOString(),
    to: new Date(NOW - 2 * HOUR).toISOString(),
  };
  const training = traffic({
    seed: 7,
    n: 10_000,
    from: NOW - 3 * HOUR,
    to: NOW - 2 * HOUR,
    change: VENDOR_CHANGE,
  });
  w.warehouse.rows.push(...training, ...lastHour(8, 5_000, { version: 'v3', change: VENDOR_CHANGE }));
  const v2 = w.state.info.versions[0]!;
  w.state.info.versions.push({ ...v2, version: 'v3', training: { ...v2.training, ...trained } });
  const since = new Date(NOW - HOUR / 2).toISOString();
  const drift = rule(await run('check_drift', { ...about, version: 'v3', since }), 'model_drift');
  expect(drift).toMatchObject({ state: 'clear', samples: { reference: 10_000, current: 2_500 } });
  expect(drift.window.from).toBe(since);
});

test('a reference is computed once per version', async () => {
  w.warehouse.rows.push(...lastHour(9, 1_000));
  await run('check_drift');
  await run('check_drift');
  expect(w.warehouse.calls.filter((call) => call === 'featureQuantiles')).toHaveLength(1);
  expect(w.warehouse.calls.filter((call) => call === 'featureHistograms')).toHaveLength(3);
});

test('a retry within a round keeps one piece of evidence, another round has its own', async () => {
  w.warehouse.rows.push(...lastHour(10, 1_000));
  const ids = [];
  for (const round of ['opening', 'opening', 'verify']) {
    const result = await run('query_snowflake', { ...about, round });
    ids.push(result.evidence[0]!.id);
  }
  expect(ids[0]).toMatch(/^ev_query_snowflake_[0-9a-f]{8}$/);
  expect(new Set(ids).size).toBe(2);
  expect(await store.evidenceOf('INC-2026-0227')).toHaveLength(2);
});

test('F1 lost to the vendor change fires with its interval, and says so in the evidence', async () => {
  w.warehouse.rows.push(...lastHour(11, 30_000, { change: VENDOR_CHANGE }));
  const result = await run('query_snowflake', about);
  const f1 = rule(result, 'accuracy_drop');
  expect(f1.state).toBe('firing');
  expect(f1.numbers.f1_upper).toBeLessThan(0.911 * 0.95);
  expect(f1.samples.positives).toBeGreaterThan(500);
  const [evidence] = await store.evidenceOf('INC-2026-0227');
  const facts = evidence!.facts as OutcomeFacts;
  expect(facts.f1).toBeGreaterThan(0.78);
  expect(facts.f1).toBeLessThan(0.85);
  expect(facts.f1_interval![0]).toBeLessThan(facts.f1!);
});

test('slow predictions and a wave of flagged ones fire their rules', async () => {
  const rows = lastHour(12, 2_000);
  w.warehouse.rows.push(
    ...rows.map((row, i) => ({
      ...row,
      latency_ms: i % 20 === 0 ? 1_500 : row.latency_ms,
      prediction: i % 7 === 0 ? (1 as const) : row.prediction,
    })),
  );
  const result = await run('query_snowflake');
  expect(rule(result, 'latency')).toMatchObject({ state: 'firing', value: 1_500 });
  expect(rule(result, 'anomaly_spike').state).toBe('firing');
});

test('missing values are measured on the rows, not read from what the pipeline reports', async () => {
  const rows = lastHour(13, 5_000);
  for (const row of rows) row.features = Array.from(row.features, (x, j) => (j < 3 ? null : x));
  w.warehouse.rows.push(...rows);
  const result = await run('check_data_quality', about);
  expect(rule(result, 'data_quality')).toMatchObject({ state: 'firing', subject: 'transactions' });
  expect(rule(result, 'data_quality').value).toBeCloseTo(3 / 29, 6);
  expect(rule(result, 'volume').state).toBe('clear');
  const [evidence] = await store.evidenceOf('INC-2026-0227');
  expect(evidence!.facts as QualityFacts).toMatchObject({ expected_count: 5_000, record_count: 5_000 });
  // Missing values drift too, though the values that are left are as they were.
  expect(rule(await run('check_drift'), 'model_drift').numbers.features_drifted).toBe(3);
});

test('no rows at all where many are expected is an outage; half an hour expects half', async () => {
  const empty = await run('check_data_quality');
  expect(rule(empty, 'volume')).toMatchObject({ state: 'firing', value: 0 });
  expect(rule(empty, 'data_quality').state).toBe('insufficient');
  w.warehouse.rows.push(...lastHour(14, 2_500, { from: NOW - HOUR / 2 }));
  const half = await run('check_data_quality', { ...about, since: new Date(NOW - HOUR / 2).toISOString() });
  expect(rule(half, 'volume')).toMatchObject({
    state: 'clear',
    value: 1,
    numbers: { expected_count: 2_500 },
  });
});

test('eight rows alarm nobody, however bad they are', async () => {
  const rows = lastHour(15, 8, { change: { V14: { scale: 1, shift: 50 } } });
  w.warehouse.rows.push(
    ...rows.map((row) => ({
      ...row,
      prediction: 1 as const,
      label: 0 as const,
      latency_ms: 9_000,
      violates: true,
    })),
  );
  w.warehouse.quality = w.warehouse.quality.map((row) => ({ ...row, record_count: 8 }));
  for (const tool of ['check_drift', 'query_snowflake', 'check_data_quality'] as const) {
    const states = (await run(tool)).measurements.map((m) => m.state);
    expect(new Set(states)).toEqual(new Set(['insufficient']));
  }
});

test("the platform's and the exported figures that differ from ours are named, and decide nothing", async () => {
  w.warehouse.rows.push(...lastHour(16, 10_000, { change: VENDOR_CHANGE }));
  w.warehouse.metrics = [
    {
      timestamp: new Date(NOW - 60_000).toISOString(),
      model_name: 'classifier',
      f1: 0.91,
      precision: 0.9,
      recall: 0.9,
      auc: 0.99,
      drift_score: 0.44,
      latency_p99: 80,
    },
  ];
  const result = await run('check_model_health', about);
  const facts = (await store.evidenceOf('INC-2026-0227'))[0]!.facts as HealthFacts;
  expect(facts.disagreements).toEqual([
    expect.stringMatching(/^drift: \/drift says 0, measured from the rows it is 0\.4/),
    expect.stringMatching(/^F1: MODEL_METRICS says 0\.91, measured from the rows it is 0\.8/),
  ]);
  expect(result.evidence[0]!.summary.length).toBeLessThanOrEqual(300);
  expect(rule(await run('check_drift'), 'model_drift').state).toBe('firing');
});

test('with the platform away the rows are still judged by its last word, and the active version is unknown', async () => {
  w.warehouse.rows.push(...lastHour(17, 5_000, { change: VENDOR_CHANGE }));
  await run('check_drift');
  w.state.failure = new PlatformError('no answer', null);
  const result = await run('check_drift');
  expect(rule(result, 'model_drift').state).toBe('firing');
  expect(result.activeVersion).toBeNull();
  await expect(run('check_model_health')).rejects.toThrow('no answer');
});

test('errors that a retry cannot mend are not retried, the others are', async () => {
  const failureOf = (promise: Promise<unknown>) =>
    promise.then(
      () => null,
      (error: unknown) => error,
    );
  const unknown = await failureOf(run('check_drift', { component: 'payments' }));
  expect(unknown).toMatchObject({ type: 'UnknownComponent', nonRetryable: true });
  expect(await failureOf(run('check_drift', { ...about, version: 'v9' }))).toMatchObject({
    type: 'UnknownVersion',
  });

  w.warehouse.failure = new WarehouseError('bad login', { permanent: true });
  expect(await failureOf(run('query_snowflake'))).toMatchObject({
    type: 'WarehouseError',
    nonRetryable: true,
  });
  w.warehouse.failure = new WarehouseError('connection reset', { permanent: false });
  expect(await failureOf(run('query_snowflake'))).not.toBeInstanceOf(ApplicationFailure);
  w.warehouse.failure = null;
  w.state.failure = new PlatformError('forbidden', 403);
  expect(await failureOf(run('query_snowflake'))).toMatchObject({
    type: 'PlatformError',
    nonRetryable: true,
  });
});

test('a policy that names another model than the platform serves is told so', async () => {
  w.state.info = { ...w.state.info, model: 'ranker' };
  await expect(run('check_drift')).rejects.toMatchObject({
    type: 'UnknownModel',
    message: expect.stringContaining('knows no model "classifier"'),
  });
});

test('without the training rows in the warehouse drift is not guessed', async () => {
  w.warehouse.rows = lastHour(18, 5_000);
  await expect(run('check_drift')).rejects.toMatchObject({ type: 'ReferenceMissing', nonRetryable: true });
});

test("a component's own thresholds and window are those it is judged by", async () => {
  w.warehouse.rows.push(...lastHour(19, 6_000, { change: VENDOR_CHANGE }));
  const strict = { ...about, component: 'strict' };
  const drift = rule(await run('check_drift', strict), 'model_drift');
  expect(drift).toMatchObject({ state: 'clear', threshold: 9, samples: { current: 3_000 } });
  expect(drift.window.from).toBe(new Date(NOW - HOUR / 2).toISOString());
  expect(rule(await run('query_snowflake', strict), 'latency')).toMatchObject({
    state: 'firing',
    threshold: 20,
    clears: 'clears below a p99 of 16 ms with at least 100 predictions',
  });
  expect(rule(await run('query_snowflake'), 'latency').state).toBe('clear');
});

test('F1 is judged over rows that are old enough for their labels, and how many have one is said', async () => {
  // Rows of the last hour have theirs only where a person was quick, and those are the odd ones.
  const fresh = lastHour(20, 6_000).map((row, i) => ({ ...row, label: i % 3 ? null : (1 as const) }));
  const old = traffic({ seed: 21, n: 12_000, from: NOW - 4 * HOUR, to: NOW - 3 * HOUR });
  w.warehouse.rows.push(...fresh, ...old);
  const result = await run('query_snowflake', { ...about, component: 'slow_labels' });
  expect(rule(result, 'accuracy_drop')).toMatchObject({
    state: 'clear',
    samples: { current: 12_000, labelled: 12_000 },
    numbers: { labelled_share: 1 },
    window: { to: new Date(NOW - 3 * HOUR).toISOString() },
  });
  expect(rule(result, 'latency').window.to).toBe(new Date(NOW).toISOString());
  const [evidence] = await store.evidenceOf(about.incidentId);
  expect((evidence!.facts as OutcomeFacts).labelled_window!.to).toBe(new Date(NOW - 3 * HOUR).toISOString());
  expect(rule(await run('query_snowflake', { ...about, round: 'all rows' }), 'accuracy_drop').text).toMatch(
    /over 2,000 labelled rows \(2,000 positives\) of v2; 33\.3 % of 6,000 rows are labelled, the newest 2 s before/,
  );
});

test('what to expect and what came were asked by two statements, and both are shown', async () => {
  w.warehouse.rows.push(...lastHour(22, 1_000));
  const volume = rule(await run('check_data_quality', polled), 'volume');
  expect(volume).toMatchObject({ state: 'firing', samples: { current: 1_000, expected: 5_000, weeks: 1 } });
  expect(volume.query).toContain('"pipeline":"transactions"');
  expect(volume.query).toContain('"model":"classifier"');
  expect(volume.clears).toBe(
    'clears between 62.5 % and 160.0 % of what is expected, now 3,125 to 8,000 records',
  );
});
