import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { adjustedPValues, binnedKs, ksPValue } from './ks.ts';
import { ksStatistic } from './ks-statistic.ts';
import { distinctEdges } from './psi.ts';

/** Samples with many ties, and without. */
const values = fc.oneof(fc.integer({ min: -6, max: 6 }), fc.double({ noNaN: true, min: -8, max: 8 }));
const sample = fc.array(values, { minLength: 1, maxLength: 80 });

/** P(D ≥ d) by looking at every order that the pooled values can have. */
function byEveryOrder(d: number, n: number, m: number): number {
  let [all, outside] = [0, 0];
  const walk = (i: number, j: number, widest: number) => {
    const gap = Math.max(widest, Math.abs(i / n - j / m));
    if (i < n) walk(i + 1, j, gap);
    if (j < m) walk(i, j + 1, gap);
    if (i < n || j < m) return;
    all++;
    if (gap >= d - 1e-9) outside++;
  };
  walk(0, 0, 0);
  return outside / all;
}

test('the exact p-value is the share of orders that are as far apart', () => {
  const size = fc.integer({ min: 1, max: 7 });
  fc.assert(
    fc.property(size, size, fc.nat(49), (n, m, step) => {
      const d = (step % (n * m + 1)) / (n * m);
      // The statistic takes only some of these values: between two of them p is that of the next.
      const reached = byEveryOrder(d, n, m);
      const gaps = [...new Set(latticeOf(n, m))].filter((gap) => gap >= d - 1e-9);
      expect(ksPValue(Math.min(...gaps), n, m)).toBeCloseTo(reached, 12);
    }),
  );
});

function latticeOf(n: number, m: number): number[] {
  return Array.from({ length: n + 1 }, (_, i) =>
    Array.from({ length: m + 1 }, (_, j) => Math.abs(i / n - j / m)),
  ).flat();
}

test('the p-value falls from 1 to 0 as samples move apart, and has no sides, for any sizes', () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 9_990, max: 60_000 }));
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(size, size, share, share, (n, m, d, e) => {
      const [near, far] = [ksPValue(Math.min(d, e) / 4, n, m), ksPValue(Math.max(d, e) / 4, n, m)];
      // Where approximations meet there are steps of up to 3e-6.
      expect(near).toBeGreaterThanOrEqual(far - 5e-6);
      expect(far).toBeGreaterThanOrEqual(0);
      expect(near).toBeLessThanOrEqual(1);
      expect(ksPValue(d / 4, m, n)).toBeCloseTo(ksPValue(d / 4, n, m), 9);
      expect(ksPValue(0, n, m)).toBe(1);
    }),
  );
  expect(ksPValue(1, 10_000, 10_000)).toBe(0);
  expect(ksPValue(1, 500, 500)).toBeGreaterThan(0);
});

test('a p-value of no statistic or of no samples is refused', () => {
  for (const d of [-0.1, 1.1, Number.NaN]) expect(() => ksPValue(d, 5, 5)).toThrow(RangeError);
  for (const n of [0, 2.5, Number.NaN]) expect(() => ksPValue(0.5, n, 5)).toThrow(RangeError);
});

/** Counts over (−∞, e₀], (e₀, e₁] … (last, ∞). */
function countedOver(edges: number[], of: number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of of) counts[edges.filter((edge) => edge < value).length]!++;
  return counts;
}

test('the exact statistic lies within the bound of the binned one, missing values included', () => {
  const cut = fc.integer({ min: 1, max: 30 });
  const nulls = fc.record({ reference: fc.nat(40), current: fc.nat(40) });
  fc.assert(
    fc.property(sample, sample, cut, nulls, (a, b, bins, missing) => {
      const ordered = a.toSorted((x, y) => x - y);
      const edges = distinctEdges(
        Array.from({ length: bins - 1 }, (_, i) => ordered[Math.floor(((i + 1) / bins) * a.length)]!),
      );
      const { d, error_bound } = binnedKs(countedOver(edges, a), countedOver(edges, b), missing);
      const lowest = (n: number) => new Array<number>(n).fill(-100);
      const exact = ksStatistic([...lowest(missing.reference), ...a], [...lowest(missing.current), ...b]);
      expect(d).toBeLessThanOrEqual(exact + 1e-12);
      expect(exact).toBeLessThanOrEqual(d + error_bound + 1e-12);
    }),
  );
});

test('the bound is no larger than it must be: some samples of the same counts reach it', () => {
  const counts = fc
    .integer({ min: 1, max: 8 })
    .chain((cells) =>
      fc.tuple(...[0, 1].map(() => fc.array(fc.nat(9), { minLength: cells, maxLength: cells }))),
    );
  fc.assert(
    fc.property(counts, ([reference, current]) => {
      fc.pre(reference!.some(Boolean) && current!.some(Boolean));
      const { d, error_bound } = binnedKs(reference!, current!);
      // Within every cell all of one sample come before all of the other.
      const inCells = (of: number[], at: number) =>
        of.flatMap((count, cell) => new Array<number>(count).fill(cell + at));
      const widest = Math.max(
        ksStatistic(inCells(reference!, 0), inCells(current!, 0.5)),
        ksStatistic(inCells(reference!, 0.5), inCells(current!, 0)),
      );
      expect(d + error_bound).toBeCloseTo(widest, 12);
    }),
  );
});

test('a thousand cells of a continuous feature hide hardly anything', () => {
  const cells = new Array<number>(1_000).fill(20);
  const moved = cells.map((count, cell) => Math.round(count * (0.5 + cell / 1_000)));
  expect(binnedKs(cells, moved).error_bound).toBeLessThan(0.0015);
  expect(binnedKs(cells, moved, { reference: 0, current: 4_000 }).error_bound).toBeLessThan(0.0015);
});

test('the binned p-value is never too small where it could alarm', () => {
  const size = fc.integer({ min: 1, max: 600 });
  fc.assert(
    fc.property(size, size, fc.double({ min: 0.2, max: 4, noNaN: true }), (n, m, lambda) => {
      // Two cells, with the gap nearest to λ that these sizes allow.
      const before = Math.min(n, Math.round(lambda * n * Math.sqrt(1 / n + 1 / m)));
      const { d, p } = binnedKs([before, n - before], [0, m]);
      const exact = ksPValue(d, n, m);
      expect(p).toBeGreaterThanOrEqual(
        exact < 0.095 ? exact - 1e-12 : exact * (1 - 0.42 / Math.min(n, m)) - 1e-12,
      );
    }),
  );
});

test('KS finds the widest gap between the two distributions', () => {
  expect(binnedKs([50, 50, 0], [0, 50, 50]).d).toBeCloseTo(0.5, 12);
  expect(binnedKs([100, 0], [0, 100])).toMatchObject({ d: 1, error_bound: 0 });
  expect(binnedKs([100, 0], [0, 100]).p).toBeLessThan(1e-20);
  expect(() => binnedKs([1, 2], [3])).toThrow('expected counts over the same cells, got 2 and 1');
});

test('the same shares say nothing, whatever the sizes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_000), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      (cells, k) => {
        const { d, p } = binnedKs(
          cells,
          cells.map((c) => c * k),
        );
        expect(d).toBeCloseTo(0, 12);
        expect(p).toBe(1);
      },
    ),
  );
  expect(binnedKs([0, 0], [5, 5])).toEqual({ d: 0, p: 1, error_bound: 1 });
});

test('Benjamini-Hochberg gives the adjusted values of the paper', () => {
  // The 15 p-values of Benjamini and Hochberg (1995), §3.2: at 5 % the first four are rejected.
  const p = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];
  expect(adjustedPValues(p).filter((q) => q <= 0.05)).toHaveLength(4);
  expect(adjustedPValues(p)[3]).toBeCloseTo((0.0095 * 15) / 4, 10);
});

test('adjusted p-values are never smaller than given, keep the order, and follow their feature', () => {
  const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(pValues, (p) => {
      const q = adjustedPValues(p);
      p.forEach((value, i) => {
        expect(q[i]).toBeGreaterThanOrEqual(value - 1e-12);
        expect(q[i]).toBeLessThanOrEqual(1);
        p.forEach((other, j) => {
          if (value < other) expect(q[i]).toBeLessThanOrEqual(q[j]! + 1e-12);
        });
      });
      expect(adjustedPValues(p.toReversed()).toReversed()).toEqual(q);
    }),
  );
});
