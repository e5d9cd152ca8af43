import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { f1Of, quantileRanks, wilson } from './interval.ts';

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

/** P(binomial(n, p) ≤ k), term by term. */
function binomialUpTo(k: number, n: number, p: number): number {
  let [term, total] = [(1 - p) ** n, 0];
  for (let i = 0; i <= k; i++) {
    total += term;
    term *= ((n - i) * p) / ((i + 1) * (1 - p));
  }
  return total;
}

test('the ranks around a quantile are the closest that miss it at most 2.5 % of the time on each side', () => {
  const probability = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), probability, (n, p) => {
      const { low, high } = quantileRanks(n, p);
      // The low value is above the quantile where fewer than `low` values are below it.
      if (low !== null) expect(binomialUpTo(low - 1, n, p)).toBeLessThanOrEqual(0.025 + 1e-12);
      expect(binomialUpTo(low ?? 0, n, p)).toBeGreaterThanOrEqual(0.025 - 1e-12);
      if (high !== null) expect(binomialUpTo(high - 1, n, p)).toBeGreaterThanOrEqual(0.975 - 1e-12);
      expect(binomialUpTo((high ?? n + 1) - 2, n, p)).toBeLessThanOrEqual(0.975 + 1e-12);
    }),
  );
});

test('a p99 is bounded above from 368 values on, and its ranks close in', () => {
  expect(quantileRanks(0, 0.99)).toEqual({ low: null, high: null });
  expect(quantileRanks(367, 0.99)).toEqual({ low: 359, high: null });
  expect(quantileRanks(368, 0.99)).toEqual({ low: 360, high: 368 });
  expect(quantileRanks(1_000_000, 0.99)).toEqual({ low: 989_805, high: 990_196 });
  for (const p of [0, 1, Number.NaN]) expect(() => quantileRanks(10, p)).toThrow(RangeError);
  expect(() => quantileRanks(1.5, 0.5)).toThrow(RangeError);
});
