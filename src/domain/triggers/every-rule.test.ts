import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  CLEAR_BELOW,
  drift,
  even,
  kept,
  limits,
  measured,
  outcomes,
  p99,
  usually,
} from '../../../tests/support/rule-samples.ts';
import { Measurement } from '../measurement.ts';
import { type Histogram, measureDrift } from '../stats/drift.ts';
import { featureDrift, modelDrift } from './drift.ts';
import { shortQuery } from './level.ts';
import { accuracyDrop, anomalySpike, latency } from './outcomes.ts';
import { dataQuality, volume } from './quality.ts';
import { severityOf } from './severity.ts';

test('severity follows the distance past the threshold', () => {
  const at = (value: number) =>
    severityOf({
      ...modelDrift(drift([even('V14', 1_000)]), measured, limits.model_drift, CLEAR_BELOW),
      value,
      state: 'firing',
    });
  expect(at(0.45)).toBe('critical');
  expect(at(0.35)).toBe('warning');
  const f1 = (tp: number, fp: number, fn: number) =>
    severityOf(accuracyDrop(outcomes(tp, fp, fn), 0.911, measured, limits.accuracy_drop, CLEAR_BELOW));
  // .814 against .911: a tenth is lost by the estimate, less is certain.
  expect(f1(1_400, 160, 480)).toBe('warning');
  expect(f1(1_000, 200, 800)).toBe('critical');
  expect(f1(950, 60, 90)).toBe('info');
});

test('no number of records up to 99, however bad, fires any rule over rows', () => {
  fc.assert(
    fc.property(fc.nat(99), fc.nat(99), fc.nat(99), (n, a, b) => {
      const bad = {
        n,
        labelled: n,
        flagged: n,
        tp: 0,
        fp: a % (n + 1),
        fn: b % (n + 1),
        last_labelled_at: null,
        ...p99(9_999, n),
      };
      const states = [
        accuracyDrop(bad, 0.9, measured, limits.accuracy_drop, CLEAR_BELOW),
        latency(bad, measured, limits.latency, CLEAR_BELOW),
        anomalySpike(bad, 0.02, measured, limits.anomaly_spike, CLEAR_BELOW),
        dataQuality(
          { record_count: n, cells: n, null_cells: n, schema_violations: n },
          'p',
          measured,
          limits.data_quality,
          CLEAR_BELOW,
        ),
        volume(n, usually(n), 'p', measured, limits.data_quality, CLEAR_BELOW),
      ].map((m) => m.state);
      expect(new Set(states)).toEqual(new Set(['insufficient']));
    }),
  );
});

test('whatever numbers come, a measurement holds none that JSON lacks, and fires only on what can be', () => {
  const odd = fc.oneof(
    fc.double(),
    fc.integer({ min: -10, max: 100_000 }),
    fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308),
  );
  const counted = fc.record({ n: odd, labelled: odd, flagged: odd, tp: odd, fp: odd, fn: odd, timed: odd });
  const times = fc.record({
    latency_p99_ms: fc.option(odd),
    latency_p99_low_ms: fc.option(odd),
    latency_p99_high_ms: fc.option(odd),
    last_labelled_at: fc.constantFrom(null, 'yesterday', '2026-02-27T13:59:00.000Z', '1970-01-01T00:00:00Z'),
  });
  const histogram = fc
    .record({ counts: fc.array(odd, { minLength: 10, maxLength: 10 }), nulls: odd, mean: odd, std: odd })
    .map((values): Histogram => ({ feature: 'V14', ...values }));
  fc.assert(
    fc.property(
      counted,
      times,
      histogram,
      fc.tuple(odd, odd, odd, odd, odd),
      (counts, latencies, current, [a, b, c, d, e]) => {
        const seen = { ...counts, ...latencies };
        const batch = { record_count: a, cells: b, null_cells: c, schema_violations: d };
        const drifted = measureDrift([kept(even('V14', 10_000))], [current], { V14: 1 }, limits.model_drift);
        const expected = { count: b, middle: [b, c] as [number, number], low: c, high: d, weeks: 2 };
        for (const measurement of [
          accuracyDrop(seen, e, measured, limits.accuracy_drop, CLEAR_BELOW),
          latency(seen, measured, limits.latency, CLEAR_BELOW),
          anomalySpike(seen, e, measured, limits.anomaly_spike, CLEAR_BELOW),
          dataQuality(batch, 'p', measured, limits.data_quality, CLEAR_BELOW),
          volume(a, expected, 'p', measured, limits.data_quality, CLEAR_BELOW),
          modelDrift(drifted, measured, limits.model_drift, CLEAR_BELOW),
          ...featureDrift(drifted, measured, limits.model_drift, CLEAR_BELOW),
        ]) {
          // The schema refuses NaN and infinities.
          expect(Measurement.safeParse(measurement).error).toBeUndefined();
          expect(`${measurement.text} ${measurement.clears}`).not.toMatch(/NaN|Infinity|undefined/);
          if (measurement.state !== 'firing') continue;
          expect(measurement.value).not.toBeNull();
          for (const size of Object.values(measurement.samples)) expect(size).toBeGreaterThanOrEqual(0);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a long statement keeps its beginning and its end', () => {
  expect(shortQuery('SELECT  1\n FROM x')).toBe('SELECT 1 FROM x');
  const long = shortQuery(`SELECT ${'sum(x), '.repeat(2_000)} FROM y WHERE z`);
  expect(long).toMatch(/^SELECT sum.* … 15,\d\d\d characters cut … .*FROM y WHERE z$/);
  expect(long.length).toBeLessThan(850);
});
