import { expect, test } from '@jest/globals';
import { measureDrift, REFERENCE_PROBABILITIES, referenceEdges } from '../../src/domain/stats/drift.ts';
import { ksPValue } from '../../src/domain/stats/ks.ts';
import { ksStatistic } from '../../src/domain/stats/ks-statistic.ts';
import { type Random, randomStream } from '../../src/sandbox/random.ts';

/** What chance does to KS over the cells that a reference cuts for itself; each stream is fixed by its name. */

const RUNS = 500;
const limits = { feature_psi: 0.2, false_discovery_rate: 0.05 };

const sorted = (random: Random, n: number, shift = 0) =>
  new Float64Array(n).map(() => random.normal() + shift).sort();

/** Quantiles as the warehouse gives them: between two values by their distance. */
function quantiles(values: Float64Array): number[] {
  return REFERENCE_PROBABILITIES.map((p) => {
    const at = p * (values.length - 1);
    const [low, high] = [values[Math.floor(at)]!, values[Math.ceil(at)]!];
    return low + (high - low) * (at - Math.floor(at));
  });
}

/** Counts of sorted values over (−∞, e₀], (e₀, e₁] … (last, ∞). */
function countedOver(edges: number[], values: Float64Array) {
  let next = 0;
  const counts = [...edges, Number.POSITIVE_INFINITY].map((edge) => {
    const first = next;
    while (next < values.length && values[next]! <= edge) next++;
    return next - first;
  });
  return { feature: 'V14', counts, nulls: 0, mean: 0, std: 1 };
}

function compared(reference: Float64Array, current: Float64Array) {
  const cells = referenceEdges(quantiles(reference));
  const kept = { ...countedOver(cells.edges, reference), ...cells };
  return measureDrift([kept], [countedOver(cells.edges, current)], {}, limits).features[0]!;
}

test.each([
  [500, 500],
  [1_000, 4_000],
])('%i rows against %i of the same kind are significant no more often than the level says', (n, m) => {
  const random = randomStream('ks level of a thousand cells', n, m);
  const shifts = Array.from({ length: RUNS }, () => compared(sorted(random, n), sorted(random, m)));
  const significant = shifts.filter((shift) => shift.p_value < 0.05).length / RUNS;
  expect(significant).toBeLessThan(0.05 + 2 * Math.sqrt((0.05 * 0.95) / RUNS));
  // And it is no mere yes-man.
  expect(significant).toBeGreaterThan(0.02);
  expect(shifts.filter((shift) => shift.drifted)).toEqual([]);
});

test('a thousand cells find what the rows themselves would, within the bound they state', () => {
  const random = randomStream('ks power');
  for (const shift of [0, 0.05, 0.2, 0.5, 2]) {
    const [reference, current] = [sorted(random, 5_000), sorted(random, 5_000, shift)];
    const { ks, ks_error_bound, p_value, drifted } = compared(reference, current);
    const exact = ksStatistic(reference, current);
    expect(ks).toBeLessThanOrEqual(exact + 1e-12);
    expect(exact).toBeLessThanOrEqual(ks + ks_error_bound + 1e-12);
    expect(exact - ks).toBeLessThan(0.003);
    expect(p_value).toBeGreaterThanOrEqual(ksPValue(exact, 5_000, 5_000) * 0.999);
    expect(drifted).toBe(shift >= 0.5);
  }
});
