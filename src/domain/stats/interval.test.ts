import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { f1Of, wilson } from './interval.ts';

test('Wilson gives the published interval of 81 in 263', () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I.
  const [low, high] = wilson(81, 263);
  expect(low).toBeCloseTo(0.2553, 4);
  expect(high).toBeCloseTo(0.3662, 4);
});

test('an interval holds its estimate, stays within 0 to 1 and narrows with more trials', () => {
  fc.assert(
    fc.property(fc.nat(2_000), fc.nat(2_000), (hits, misses) => {
      const n = hits + misses;
      const [low, high] = wilson(hits, n);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      if (n === 0) return;
      expect(low).toBeLessThanOrEqual(hits / n + 1e-12);
      expect(high).toBeGreaterThanOrEqual(hits / n - 1e-12);
      const [low4, high4] = wilson(4 * hits, 4 * n);
      expect(high4 - low4).toBeLessThan(high - low);
    }),
  );
});

test('F1, precision and recall come from the counts', () => {
  const estimate = f1Of({ tp: 80, fp: 10, fn: 30 })!;
  expect(estimate.f1).toBeCloseTo(0.8, 12);
  expect(estimate.precision).toBeCloseTo(80 / 90, 12);
  expect(estimate.recall).toBeCloseTo(80 / 110, 12);
  expect(f1Of({ tp: 0, fp: 0, fn: 0 })).toBeNull();
  expect(f1Of({ tp: 0, fp: 0, fn: 5 })).toMatchObject({ f1: 0, precision: null, recall: 0 });
});

test('F1 lies within its interval', () => {
  const counts = fc.record({ tp: fc.nat(3_000), fp: fc.nat(3_000), fn: fc.nat(3_000) });
  fc.assert(
    fc.property(counts, (confusion) => {
      const estimate = f1Of(confusion);
      if (estimate === null) return;
      expect(estimate.interval[0]).toBeLessThanOrEqual(estimate.f1 + 1e-12);
      expect(estimate.interval[1]).toBeGreaterThanOrEqual(estimate.f1 - 1e-12);
    }),
  );
});
