import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  categoricalPsi,
  distinctEdges,
  justBelow,
  PSI_BINS,
  psi,
  psiCells,
  psiEdges,
  sum,
  weightedMean,
} from './psi.ts';

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

test('PSI of a sample with itself is 0, and of swapped samples the same', () => {
  fc.assert(
    fc.property(twoSamples, ([reference, current]) => {
      expect(psi(reference, reference).raw).toBe(0);
      expect(psi(reference, reference).corrected).toBe(0);
      const [there, back] = [psi(reference, current), psi(current, reference)];
      expect(back.raw).toBeCloseTo(there.raw, 9);
      if (Number.isFinite(there.bias)) expect(back.bias).toBeCloseTo(there.bias, 9);
    }),
  );
});

test('PSI rises with the shift, to either side', () => {
  // A logistic distribution moved by s: of n rows, those between the deciles of the unmoved one.
  const deciles = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenths) => Math.log(tenths / (10 - tenths)));
  const moved = (s: number, n: number) => {
    const upTo = [...deciles.map((edge) => 1 / (1 + Math.exp(s - edge))), 1];
    return upTo.map((share, i) => n * (share - (upTo[i - 1] ?? 0)));
  };
  const shift = fc.double({ min: 0, max: 6, noNaN: true });
  const side = fc.constantFrom(-1, 1);
  fc.assert(
    fc.property(shift, shift, side, fc.integer({ min: 100, max: 1e7 }), (s, t, sign, n) => {
      fc.pre(Math.abs(s - t) > 0.01);
      const { raw: near } = psi(moved(0, n), moved(sign * Math.min(s, t), n));
      const { raw: far } = psi(moved(0, n), moved(sign * Math.max(s, t), n));
      expect(far).toBeGreaterThan(near);
    }),
  );
});

test('categories are compared by name: order says nothing, a level of one side counts, so do missing values', () => {
  const counts = fc.dictionary(fc.constantFrom('web', 'app', 'fax', '__proto__', ''), fc.nat(500));
  fc.assert(
    fc.property(counts, counts, fc.nat(50), (reference, current, missing) => {
      const nulls = { reference: missing, current: 50 - missing };
      const { raw } = categoricalPsi(reference, current, nulls);
      expect(Number.isFinite(raw)).toBe(true);
      expect(raw).toBeGreaterThanOrEqual(0);
      const turned = Object.fromEntries(Object.entries(current).toReversed());
      expect(categoricalPsi(reference, turned, nulls).raw).toBeCloseTo(raw, 9);
      expect(
        categoricalPsi(current, reference, { reference: 50 - missing, current: missing }).raw,
      ).toBeCloseTo(raw, 9);
      expect(categoricalPsi(reference, reference, { reference: missing, current: missing }).raw).toBe(0);
    }),
  );
  expect(categoricalPsi({ web: 500 }, { web: 250, app: 250 }).corrected).toBeGreaterThan(0.5);
  expect(categoricalPsi({ web: 500 }, { web: 250 }, { reference: 0, current: 250 })).toEqual(
    categoricalPsi({ web: 500 }, { web: 250, app: 250 }),
  );
  expect(categoricalPsi({}, {})).toMatchObject({ raw: 0, corrected: 0 });
});

test('an empty current sample never counts as drift after correction', () => {
  fc.assert(
    fc.property(fc.oneof(cells, fc.tuple(fc.nat(9))), (reference) => {
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
  expect(psiCells(full, full)).toEqual([
    [5, 5],
    [5, 5],
  ]);
  expect(psiCells(full, holed)).toEqual([
    [0, 5, 5],
    [2, 4, 4],
  ]);
});

test('where the lowest value is the first decile, what moves below it has a bin, which is none while it is empty', () => {
  expect(psiEdges([0, 0, 3, 4], 0)).toEqual([justBelow(0), 0, 3, 4]);
  expect(psiEdges([0, 0, 3, 4], -1)).toEqual([0, 3, 4]);
  expect(psiEdges([], undefined)).toEqual([]);
  const was = { counts: [0, 60, 40], nulls: 0 };
  expect(psiCells(was, { counts: [0, 70, 30], nulls: 0 })).toEqual([
    [60, 40],
    [70, 30],
  ]);
  expect(psiCells(was, { counts: [20, 50, 30], nulls: 5 })).toEqual([
    [0, 0, 60, 40],
    [5, 20, 50, 30],
  ]);
  expect(psiCells({ counts: [0], nulls: 9 }, { counts: [0], nulls: 9 })).toEqual([
    [9, 0],
    [9, 0],
  ]);
});

test('right below a number is less, by no more than its rounding, and as JSON the same', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e308 }), (x) => {
      const below = justBelow(x);
      expect(below).toBeLessThan(x);
      expect(x - below).toBeLessThanOrEqual(Math.max(Math.abs(x) * 2 ** -51, 2 ** -1021));
      expect(JSON.parse(JSON.stringify(below))).toBe(below);
    }),
  );
  expect(justBelow(0)).toBe(-(2 ** -1022));
});

test('edges of a discrete feature are kept once', () => {
  expect(distinctEdges([0, 0, 0, 0, 1, 1, 2, 2, 2])).toEqual([0, 1, 2]);
  expect(distinctEdges([Number.NaN])).toEqual([]);
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
