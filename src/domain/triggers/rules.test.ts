import { expect, test } from '@jest/globals';
import {
  CLEAR_BELOW,
  drift,
  even,
  f1State,
  kept,
  limits,
  measured,
  outcomes,
  p99,
  tilted,
  usually,
} from '../../../tests/support/rule-samples.ts';
import { measureDrift } from '../stats/drift.ts';
import { featureDrift, modelDrift } from './drift.ts';
import { accuracyDrop, anomalySpike, latency } from './outcomes.ts';
import { dataQuality, volume } from './quality.ts';
import { severityOf } from './severity.ts';

test('aggregate drift weighs features by importance', () => {
  const found = drift([tilted('V14', 10_000, 0.9), even('V17', 10_000), even('V1', 10_000)]);
  const measurement = modelDrift(found, measured, limits.model_drift, CLEAR_BELOW);
  expect(measurement.value).toBeCloseTo(0.7 * found.features[0]!.psi_corrected, 6);
  expect(measurement.state).toBe('firing');
  expect(measurement.numbers).toMatchObject({ drift_score: measurement.value, features_drifted: 1 });
  const unimportant = drift([even('V14', 10_000), even('V17', 10_000), tilted('V1', 10_000, 0.9)]);
  expect(modelDrift(unimportant, measured, limits.model_drift, CLEAR_BELOW).state).toBe('clear');
});

test('features are judged one by one from 5 % importance on', () => {
  const found = drift([tilted('V14', 10_000, 0.9), even('V17', 10_000), tilted('V1', 10_000, 0.9)]);
  const each = featureDrift(found, measured, limits.model_drift, CLEAR_BELOW);
  expect(each.map((m) => [m.subject, m.state])).toEqual([
    ['V14', 'firing'],
    ['V17', 'clear'],
  ]);
  expect(each.map(severityOf)).toEqual(['warning', 'info']);
});

test.each([
  ['aggregate', modelDrift, limits.model_drift.aggregate_psi],
  ['of a feature', featureDrift, limits.model_drift.feature_psi],
])('drift %s fires past its limit, holds down to 80 %% of it, and clears below', (_, rule, limit) => {
  const at = (value: number) => {
    const found = drift([even('V14', 10_000)]);
    const [shift] = found.features;
    const drifted = value > limits.model_drift.feature_psi;
    const features = [{ ...shift!, importance: 1, psi_corrected: value, significant: true, drifted }];
    const [measurement] = [
      rule({ ...found, aggregate: value, features }, measured, limits.model_drift, CLEAR_BELOW),
    ].flat();
    return measurement!.state;
  };
  const shares = [1.01, 0.99, 0.81, 0.79, 0];
  expect(shares.map((share) => at(limit * share))).toEqual([
    'firing',
    'holding',
    'holding',
    'clear',
    'clear',
  ]);
});

test('a feature that the current rows lack altogether has drifted', () => {
  const reference = [even('V14', 5_000), even('V17', 5_000)].map(kept);
  const found = measureDrift(reference, [even('V17', 5_000)], { V14: 1 }, limits.model_drift);
  expect(found.features[0]).toMatchObject({ feature: 'V14', nulls_current: 5_000, drifted: true });
  expect(found.features[1]!.drifted).toBe(false);
});

test('below 500 rows on either side drift says nothing', () => {
  const few = drift([tilted('V14', 400, 0.9)]);
  expect(modelDrift(few, measured, limits.model_drift, CLEAR_BELOW).state).toBe('insufficient');
  const thinReference = drift([tilted('V14', 10_000, 0.9)], 400);
  expect(modelDrift(thinReference, measured, limits.model_drift, CLEAR_BELOW).state).toBe('insufficient');
  const nothing = measureDrift([], [], {}, limits.model_drift);
  expect(modelDrift(nothing, measured, limits.model_drift, CLEAR_BELOW)).toMatchObject({
    state: 'insufficient',
    value: null,
  });
});

test('F1 alarms when the whole interval lies below the limit, not when only the estimate does', () => {
  expect(f1State(1_400, 150, 400)).toBe('firing');
  expect(f1State(90, 15, 20)).toBe('holding');
  expect(f1State(870, 130, 130)).toBe('holding');
  expect(f1State(880, 60, 110)).toBe('clear');
  expect(f1State(20, 30, 79)).toBe('insufficient');
  expect(f1State(0, 0, 0)).toBe('insufficient');
});

test('F1 carries the figures that an alert shows', () => {
  const measurement = accuracyDrop(
    outcomes(1_400, 150, 400),
    0.911,
    measured,
    limits.accuracy_drop,
    CLEAR_BELOW,
  );
  expect(measurement.numbers).toMatchObject({
    current_f1: 2800 / 3350,
    baseline_f1: 0.911,
    limit_f1: expect.closeTo(0.86545, 6),
  });
  expect(measurement.value).toBeCloseTo((0.911 - 2800 / 3350) / 0.911, 9);
  expect(measurement.samples).toMatchObject({ positives: 1_800 });
});

test('latency fires when the lower bound is past the limit, holds between and clears below', () => {
  const of = (ms: number | null, timed = 1_000) =>
    latency({ ...outcomes(1, 1, 1), ...p99(ms, timed) }, measured, limits.latency, CLEAR_BELOW);
  expect([1_100, 1_050, 900, 799, null].map((ms) => of(ms).state)).toEqual([
    'firing',
    'holding',
    'holding',
    'clear',
    'insufficient',
  ]);
  expect(of(5_000, 99).state).toBe('insufficient');
  expect(of(1_100)).toMatchObject({
    samples: { timed: 1_000 },
    numbers: { latency_p99_low_ms: 1_045, latency_p99_high_ms: 1_155 },
    clears: 'clears below a p99 of 800 ms with at least 100 predictions',
  });
  // Only 1,900 ms of it are certain.
  expect(severityOf(of(2_000))).toBe('warning');
  expect(severityOf(of(2_200))).toBe('critical');
});

test('the flagged share fires when the whole interval lies past the limit', () => {
  const of = (share: number, n = 1_000) =>
    anomalySpike(
      { ...outcomes(0, 0, 0), n, flagged: share * n },
      0.02,
      measured,
      limits.anomaly_spike,
      CLEAR_BELOW,
    );
  expect([of(0.16), of(0.13), of(0.11), of(0.09), of(0.9, 400)].map((m) => m.state)).toEqual([
    'firing',
    'holding',
    'holding',
    'clear',
    'insufficient',
  ]);
  expect(of(0.13, 20_000).state).toBe('firing');
  expect(of(0.16).clears).toBe('clears below +8 points (10.0 % flagged) with at least 500 predictions');
});

test('data quality takes the worse of nulls and schema violations', () => {
  const quality = (null_cells: number, schema_violations: number, record_count = 1_000) =>
    dataQuality(
      { record_count, cells: record_count * 29, null_cells, schema_violations },
      'transactions',
      measured,
      limits.data_quality,
      CLEAR_BELOW,
    );
  expect(quality(0, 70)).toMatchObject({ state: 'firing', value: 0.07, subject: 'transactions' });
  expect(quality(29 * 70, 0)).toMatchObject({ state: 'firing', value: 0.07 });
  // 6 % of 1,000 may be 4.7 %; of 10,000 it is more than 5 % for certain.
  expect(quality(0, 60).state).toBe('holding');
  expect(quality(0, 600, 10_000).state).toBe('firing');
  expect(quality(29 * 45, 0).state).toBe('holding');
  expect(quality(29 * 30, 10).state).toBe('clear');
  expect(quality(29 * 50, 50, 50).state).toBe('insufficient');
  expect(severityOf(quality(0, 100))).toBe('warning');
  expect(severityOf(quality(0, 140))).toBe('critical');
  expect(quality(0, 70).clears).toBe('clears below 4.0 % with at least 100 records');
});

test('volume has a limit on either side, and hysteresis towards the middle', () => {
  const of = (records: number, expected: number | null = 1_000) =>
    volume(
      records,
      expected === null ? null : usually(expected),
      'transactions',
      measured,
      limits.data_quality,
      CLEAR_BELOW,
    );
  expect([0, 499, 550, 1_000, 1_700, 2_001].map((records) => of(records).state)).toEqual([
    'firing',
    'firing',
    'holding',
    'clear',
    'holding',
    'firing',
  ]);
  expect(of(499).threshold).toBe(0.5);
  expect(of(2_001).threshold).toBe(2);
  expect([of(499), of(200), of(0), of(2_001), of(4_000)].map(severityOf)).toEqual([
    'warning',
    'critical',
    'critical',
    'warning',
    'critical',
  ]);
  expect(of(499).clears).toBe(
    'clears between 62.5 % and 160.0 % of what is expected, now 625 to 1,600 records',
  );
  expect(of(8, 8).state).toBe('insufficient');
  expect(of(8, null).state).toBe('insufficient');
});

test('where two weeks disagree on the volume, what is normal beside either is, and only what is past both fires', () => {
  const of = (records: number, low: number, high: number) =>
    volume(
      records,
      usually((low + high) / 2, low, high),
      'transactions',
      measured,
      limits.data_quality,
      CLEAR_BELOW,
    ).state;
  // An outage a week ago: nothing came then, 1,000 the week before.
  expect([0, 300, 1_000, 1_700, 2_001].map((records) => of(records, 0, 1_000))).toEqual([
    'holding',
    'holding',
    'clear',
    'holding',
    'firing',
  ]);
  // Everything was loaded three times a week ago.
  expect([499, 1_000, 3_000, 6_001].map((records) => of(records, 1_000, 3_000))).toEqual([
    'firing',
    'clear',
    'clear',
    'firing',
  ]);
});
