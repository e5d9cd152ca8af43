import { expect, test } from '@jest/globals';
import { measureDrift } from '../../src/domain/stats/drift.ts';
import { ksPValue } from '../../src/domain/stats/ks.ts';
import { ksStatistic } from '../../src/domain/stats/ks-statistic.ts';
import { type Random, randomStream } from '../../src/sandbox/random.ts';
import { cellsOf, countOver } from '../support/counted.ts';

/** What chance does to KS over the cells that a reference cuts for itself; each stream is fixed by its name. */

const RUNS = 500;
const limits = { feature_psi: 0.2, false_discovery_rate: 0.05 };

const sorted = (random: Random, n: number, shift = 0) =>
  new Float64Array(n).map(() => random.normal() + shift).sort();

function compared(reference: Float64Array, current: Float64Array) {
  const cells = cellsOf(reference);
  const over = (values: Float64Array) => ({
    feature: 'V14',
    counts: countOver(cells, values.length, (i) => values[i]!),
    nulls: 0,
    mean: 0,
  });
  return measureDrift([{ ...over(reference), ...cells }], [over(current)], {}, limits).features[0]!;
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
