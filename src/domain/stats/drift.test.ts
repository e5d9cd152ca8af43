import { expect, test } from '@jest/globals';
import { type Histogram, measureDrift, type ReferenceHistogram } from './drift.ts';

const limits = { feature_psi: 0.2, false_discovery_rate: 0.05 };
const histogram = (counts: number[], nulls = 0): Histogram => ({
  feature: 'V22',
  counts,
  nulls,
  mean: 0,
  std: 1,
});
const kept = (histogram: Histogram): ReferenceHistogram => {
  const edges = histogram.counts.slice(1).map((_, i) => i);
  return { ...histogram, edges, psi_edges: edges };
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
