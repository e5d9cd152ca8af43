import { expect, test } from '@jest/globals';
import type { DriftFacts, OutcomeFacts } from '../../src/reasoning/facts.ts';
import { HOUR, traffic, VENDOR_CHANGE } from '../support/world.ts';
import { about, lastHour, NOW, polled, rule, run, store, w } from './measured-world.ts';

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
