import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Cells,
  type Histogram,
  measureDrift,
  REFERENCE_PROBABILITIES,
  type ReferenceHistogram,
  referenceCells,
} from './drift.ts';
import { PLACES, placeOf } from './grid.ts';
import { binnedKs } from './ks.ts';
import { psi } from './psi.ts';

const limits = { feature_psi: 0.2, false_discovery_rate: 0.05 };
const histogram = (counts: number[], nulls = 0): Histogram => ({
  feature: 'V22',
  counts,
  nulls,
  mean: 0,
});
const kept = (histogram: Histogram): ReferenceHistogram => {
  const edges = histogram.counts.slice(1).map((_, i) => i);
  return { ...histogram, grid: { center: 0, spread: 1 }, edges, psi_edges: edges };
};
const measured = (before: Histogram, now: Histogram[]) =>
  measureDrift([kept(before)], now, { V22: 1 }, limits).features[0]!;

test('rows that lack a value drift as a whole and not among their values', () => {
  const now = histogram(Array(10).fill(1_920), 800);
  const shift = measured(histogram(Array(10).fill(2_000)), [now]);
  expect(shift).toMatchObject({ drifted: true, nulls_reference: 0, nulls_current: 800 });
  expect(shift.psi_corrected).toBeGreaterThan(0.2);
  expect(shift.psi_values).toBe(0);
});

test('values that moved drift with and without rows that lack them', () => {
  const before = histogram(Array(10).fill(2_000), 500);
  const moved = [400, 800, 1_200, 1_600, 2_000, 2_400, 2_800, 3_200, 2_800, 2_800];
  const shift = measured(before, [histogram(moved, 500)]);
  expect(shift.nulls_reference).toBe(500);
  expect(shift.psi_values).toBeGreaterThan(0.2);
  expect(Math.abs(shift.psi_values - shift.psi_corrected)).toBeLessThan(0.02);
});

test('a feature without any value is not compared by values', () => {
  expect(measured(histogram(Array(10).fill(200)), []).psi_values).toBe(0);
  expect(measured(histogram([10]), [histogram([0], 10)]).psi_values).toBe(0);
});

test('a reference has a thousand cells, and PSI bins of a hundred each', () => {
  const { grid, edges, psi_edges } = referenceCells(REFERENCE_PROBABILITIES);
  const at = REFERENCE_PROBABILITIES.map((p) => placeOf(grid, p));
  expect(edges).toEqual(expect.arrayContaining(at));
  // Neighbours in one place are one cell: of uniform values, the hardest for a grid, 848 cells are left.
  expect(edges.length).toBeGreaterThanOrEqual(848);
  const bell = referenceCells(REFERENCE_PROBABILITIES.map((p) => Math.log(p / (1 - p))));
  expect(bell.edges.length).toBeGreaterThanOrEqual(999);
  expect(psi_edges).toEqual([99, 199, 299, 399, 499, 599, 699, 799, 899].map((i) => at[i]));
  expect(referenceCells([])).toMatchObject({ edges: [], psi_edges: [] });
  expect(() => referenceCells([1, 2, 3])).toThrow('expected 999 quantiles, got 3');
});

test('values that many rows share have cells of their own, and bins between deciles as ever', () => {
  const { grid, edges, psi_edges } = referenceCells(
    REFERENCE_PROBABILITIES.map((p) => (p < 0.25 ? 0 : p < 0.95 ? 1 : p < 0.9985 ? 7 : 8)),
  );
  const at = (value: number) => placeOf(grid, value);
  expect(edges).toEqual([at(0) - 1, at(0), at(1) - 1, at(1), at(7) - 1, at(7), at(8)]);
  expect(psi_edges).toEqual([at(0) - 1, at(0), at(1)]);
});

test('edges ascend, whatever the quantiles, and those of the bins are among them', () => {
  const value = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.integer({ min: -3, max: 3 }).map((ulps) => 1 + ulps * Number.EPSILON),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const runs = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 200 })), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(runs, (given) => {
      const values = given.flatMap(([v, times]) => Array<number>(times).fill(v + 0));
      const all = REFERENCE_PROBABILITIES.map((p) => values[Math.floor(p * values.length)]!);
      const { edges, psi_edges } = referenceCells(all.sort((a, b) => a - b));
      expect(edges.length).toBeLessThanOrEqual(999);
      edges.forEach((edge, i) => {
        expect(Number.isInteger(edge) && edge >= -1 && edge < PLACES).toBe(true);
        if (i > 0) expect(edge).toBeGreaterThan(edges[i - 1]!);
      });
      expect(edges).toEqual(expect.arrayContaining(psi_edges));
    }),
    { numRuns: 50 },
  );
});

/** A thousand values, every one of them a quantile of the reference, as its histogram over its own cells. */
function referenceOf(values: number[]): ReferenceHistogram {
  const sorted = values.toSorted((a, b) => a - b);
  const cells = referenceCells(sorted.slice(0, -1));
  return { ...counted(values, cells), ...cells };
}
function counted(values: number[], { grid, edges }: Cells): Histogram {
  const places = values.map((value) => placeOf(grid, value));
  const counts = [...edges, Number.POSITIVE_INFINITY].map(
    (edge, i) => places.filter((v) => v <= edge && v > (edges[i - 1] ?? Number.NEGATIVE_INFINITY)).length,
  );
  return histogram(counts);
}

test.each([
  ['a constant that falls', () => 5, () => 3],
  ['a constant that rises', () => 5, () => 5.000001],
  ['zeros that fall', (i: number) => Math.max(0, i - 600), (i: number) => Math.max(-1, i - 600)],
  ['zeros that rise', (i: number) => Math.max(0, i - 600), (i: number) => Math.max(0.5, i - 600)],
])('%s: seen by PSI and by KS', (_, was, is) => {
  const rows = Array.from({ length: 1_000 }, (_, i) => i);
  const reference = referenceOf(rows.map(was));
  const shift = measureDrift([reference], [counted(rows.map(is), reference)], {}, limits).features[0]!;
  expect(shift.psi_corrected).toBeGreaterThan(1);
  expect(shift.psi_values).toBe(shift.psi_corrected);
  expect(shift.ks).toBeGreaterThan(0.59);
  expect(shift.drifted).toBe(true);
  // Rows as they were: PSI over the bins between the deciles, no more.
  const same = measureDrift([reference], [counted(rows.map(was), reference)], {}, limits).features[0]!;
  expect(same).toMatchObject({ psi: 0, ks: 0, drifted: false });
});

test('a value among others that many rows share may move by less than a cell, and KS sees it', () => {
  const rows = Array.from({ length: 1_000 }, (_, i) => i);
  const reference = referenceOf(rows.map((i) => (i < 200 ? -1 : i < 800 ? 0 : 1)));
  const moved = rows.map((i) => (i < 200 ? -1 : i < 800 ? -0.5 : 1));
  const shift = measureDrift([reference], [counted(moved, reference)], {}, limits).features[0]!;
  expect(shift.ks).toBeCloseTo(0.6, 12);
  expect(shift.significant).toBe(true);
});

test('KS is read from every cell, PSI from the bins they add up to', () => {
  const cells = REFERENCE_PROBABILITIES.length + 1;
  const before = {
    ...kept(histogram(Array(cells).fill(20), 30)),
    psi_edges: [99, 199, 299, 399, 499, 599, 699, 799, 899],
  };
  // Values that crowd within each bin: nothing for PSI, something for KS.
  const crowded = Array.from({ length: cells }, (_, cell) => (cell % 100 < 50 ? 40 : 0));
  const shift = measureDrift([before], [histogram(crowded, 30)], {}, limits).features[0]!;
  expect(shift.psi).toBe(0);
  expect(shift.ks).toBeCloseTo((50 * 20) / 20_030, 12);
  const uneven = Array.from({ length: cells }, (_, cell) => (cell < 150 ? 8 : 22));
  const moved = measureDrift([before], [histogram(uneven, 90)], {}, limits).features[0]!;
  const bins = [800, 50 * 8 + 50 * 22, ...Array(8).fill(2_200)];
  expect(moved.psi).toBeCloseTo(psi([30, ...Array(10).fill(2_000)], [90, ...bins]).raw, 12);
  const ks = binnedKs(before.counts, uneven, { reference: 30, current: 90 });
  expect(moved).toMatchObject({ ks: ks.d, ks_error_bound: ks.error_bound, p_value: ks.p });
  // Missing values are all the same value: they hide no gap.
  expect(moved.ks_error_bound).toBeLessThan(0.002);
});

test('counts over other cells than the reference has are refused', () => {
  const before = kept(histogram([10, 10, 10]));
  expect(() => measureDrift([before], [histogram([10, 10])], {}, limits)).toThrow(
    'expected 3 counts of V22, one more than its edges, got 2',
  );
  expect(() => measureDrift([{ ...before, psi_edges: [0.5] }], [histogram([1, 1, 1])], {}, limits)).toThrow(
    "expected the edges of V22's PSI bins among its edges, 0.5 is not",
  );
});
