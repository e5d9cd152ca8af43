import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { distinctEdges, PSI_BINS, PSI_PROBABILITIES, psi, sum, weightedMean, withNulls } from './psi.ts';

const cells = fc.array(fc.nat(5_000), { minLength: 2, maxLength: 12 });
const twoSamples = cells.chain((reference) =>
  fc.tuple(
    fc.constant(reference),
    fc.array(fc.nat(5_000), { minLength: reference.length, maxLength: reference.length }),
  ),
);

test('PSI is the smoothed symmetric divergence, worked by hand', () => {
  const p = [10.5 / 31, 20.5 / 31];
  const q = [30.5 / 41, 10.5 / 41];
  const expected = (q[0]! - p[0]!) * Math.log(q[0]! / p[0]!) + (q[1]! - p[1]!) * Math.log(q[1]! / p[1]!);
  const result = psi([10, 20], [30, 10]);
  expect(result.raw).toBeCloseTo(expected, 12);
  expect(result.bias).toBeCloseTo(1 / 30 + 1 / 40, 12);
  expect(result.corrected).toBeCloseTo(expected - 1 / 30 - 1 / 40, 12);
});

test('PSI of a 0.5 sd shift over deciles is the .24 that the design names', () => {
  // Shares of N(0.5, 1) between the deciles of N(0, 1), from the normal distribution function.
  const n = 1e7;
  const upTo = [0.03743, 0.08992, 0.15311, 0.22573, 0.30854, 0.40302, 0.50973, 0.63366, 0.78256, 1];
  const current = upTo.map((share, i) => Math.round(n * (share - (upTo[i - 1] ?? 0))));
  expect(psi(new Array(PSI_BINS).fill(n / PSI_BINS), current).raw).toBeCloseTo(0.24, 2);
});

test('PSI is finite, not negative, symmetric, and blind to the order of the cells', () => {
  fc.assert(
    fc.property(twoSamples, ([reference, current]) => {
      const { raw, corrected } = psi(reference, current);
      expect(Number.isFinite(raw)).toBe(true);
      expect(raw).toBeGreaterThanOrEqual(0);
      expect(corrected).toBeGreaterThanOrEqual(0);
      expect(corrected).toBeLessThanOrEqual(raw);
      expect(psi(current, reference).raw).toBeCloseTo(raw, 9);
      expect(psi(reference.toReversed(), current.toReversed()).raw).toBeCloseTo(raw, 9);
    }),
  );
});

test('an empty current sample never counts as drift after correction', () => {
  fc.assert(
    fc.property(cells, (reference) => {
      expect(psi(reference, new Array(reference.length).fill(0)).corrected).toBe(0);
    }),
  );
});

test('samples counted over different cells are refused', () => {
  expect(() => psi([1, 2], [1, 2, 3])).toThrow('expected counts over the same cells, got 2 and 3');
  expect(() => psi([], [])).toThrow(RangeError);
});

test('missing values are a cell of their own, and only when there are any', () => {
  const full = { counts: [5, 5], nulls: 0 };
  const holed = { counts: [4, 4], nulls: 2 };
  expect(withNulls(full, full)).toEqual([
    [5, 5],
    [5, 5],
  ]);
  expect(withNulls(full, holed)).toEqual([
    [0, 5, 5],
    [2, 4, 4],
  ]);
});

test('edges of a discrete feature are kept once', () => {
  expect(distinctEdges([0, 0, 0, 0, 1, 1, 2, 2, 2])).toEqual([0, 1, 2]);
  expect(distinctEdges([Number.NaN])).toEqual([]);
  expect(PSI_PROBABILITIES).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
});

test('the weighted mean lies between its values; without weights all count alike', () => {
  expect(weightedMean([0.8, 0.6, 0], [0.36, 0.27, 0.37])).toBeCloseTo(0.45, 10);
  expect(weightedMean([1, 3], [0, -2])).toBe(2);
  expect(weightedMean([1, 3], [1, -2])).toBe(1);
  expect(weightedMean([], [])).toBeNull();
  const numbers = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(numbers, numbers, (values, weights) => {
      const mean = weightedMean(values, weights)!;
      expect(mean).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
      expect(mean).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
    }),
  );
  expect(sum([])).toBe(0);
});
