import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { PlatformError } from '../../src/platform/port.ts';
import type { HealthFacts, OutcomeFacts, QualityFacts } from '../../src/reasoning/facts.ts';
import { WarehouseError } from '../../src/warehouse/port.ts';
import { HOUR, traffic, VENDOR_CHANGE } from '../support/world.ts';
import { about, lastHour, NOW, polled, rule, run, store, w } from './measured-world.ts';

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
