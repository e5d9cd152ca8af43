import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { quantileRanks, wilson } from '../../src/domain/stats/interval.ts';
import { adjustedPValues, ksPValue } from '../../src/domain/stats/ks.ts';
import { ksStatistic } from '../../src/domain/stats/ks-statistic.ts';
import { categoricalPsi, type Psi, psi } from '../../src/domain/stats/psi.ts';

/** The statistics against scipy 1.17.1 and numpy 2.4.6, as kept by make_fixtures.py. */

const fixture = <Case>(name: string): Case[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8'));

interface Recipe {
  seed: number;
  n: number;
  scale: number;
  offset: number;
  grid?: number;
}

/** Lehmer's generator, the same as in make_fixtures.py to the bit. */
function generated({ seed, n, scale, offset, grid }: Recipe): Float64Array {
  let state = seed;
  return new Float64Array(n).map(() => {
    state = (state * 48_271) % 2_147_483_647;
    const value = (state / 2_147_483_647) * scale + offset;
    return grid === undefined ? value : Math.floor(value / grid) * grid;
  });
}

/** What is further than the tolerance from what is expected, if anything. */
const off = (got: number, expected: number, tolerance: number) =>
  Math.abs(got - expected) <= tolerance ? [] : [{ got, expected }];

test('the KS statistic and its p-value equal ks_2samp, exact up to 10,000 a side and asymptotic beyond', () => {
  type Sample = number[] | Recipe;
  const cases = fixture<{ reference: Sample; current: Sample; statistic: number; p_value: number }>('ks');
  expect(cases.length).toBeGreaterThan(150);
  for (const { reference, current, statistic, p_value } of cases) {
    const [a, b] = [reference, current].map((sample) => ('seed' in sample ? generated(sample) : sample));
    const d = ksStatistic(a!, b!);
    const p = ksPValue(d, a!.length, b!.length);
    const sizes = [a!.length, b!.length];
    expect([...sizes, off(d, statistic, 1e-12), off(p, p_value, 1e-9)]).toEqual([...sizes, [], []]);
    // Small ones count in digits: what follows from them compares them with each other.
    if (p_value > 1e-300) expect(p / p_value).toBeCloseTo(1, 6);
  }
});

test('beyond 10,000 rows p equals kstwo.sf for every d, however small or large', () => {
  const cases = fixture<{ d: number; n: number; m: number; p_value: number }>('ks-p-values');
  expect(cases.length).toBeGreaterThan(200);
  for (const { d, n, m, p_value } of cases)
    expect([d, n, m, off(ksPValue(d, n, m), p_value, 1e-9)]).toEqual([d, n, m, []]);
});

const sameAs = (got: Psi, expected: Psi) => [
  ...off(got.raw, expected.raw, 1e-12),
  ...off(got.corrected, expected.corrected, 1e-12),
  ...off(got.bias, expected.bias, 1e-12),
];

test('PSI equals numpy over the same cells, empty ones among them', () => {
  type Case = Psi & { reference_counts: number[]; current_counts: number[] };
  for (const { reference_counts, current_counts, ...expected } of fixture<Case>('psi'))
    expect(sameAs(psi(reference_counts, current_counts), expected)).toEqual([]);
});

test('categorical PSI equals numpy with a cell for each level of either side, and one for missing values', () => {
  type Counts = Record<string, number>;
  type Nulls = { reference: number; current: number };
  type Case = Psi & { reference_counts: Counts; current_counts: Counts; nulls: Nulls };
  for (const { reference_counts, current_counts, nulls, ...expected } of fixture<Case>('categorical-psi'))
    expect(sameAs(categoricalPsi(reference_counts, current_counts, nulls), expected)).toEqual([]);
});

test('Wilson bounds equal binomtest', () => {
  type Case = { successes: number; trials: number; low: number; high: number };
  for (const { successes, trials, low, high } of fixture<Case>('wilson')) {
    const bounds = wilson(successes, trials);
    expect([...off(bounds[0], low, 1e-12), ...off(bounds[1], high, 1e-12)]).toEqual([]);
  }
});

test('ranks that bound a quantile are those of binom.ppf', () => {
  type Case = { n: number; p: number; low: number | null; high: number | null };
  for (const { n, p, low, high } of fixture<Case>('quantile-ranks'))
    expect({ n, p, ...quantileRanks(n, p) }).toEqual({ n, p, low, high });
});

test('adjusted p-values equal false_discovery_control', () => {
  for (const { p_values, adjusted } of fixture<{ p_values: number[]; adjusted: number[] }>('false-discovery'))
    expect(adjustedPValues(p_values).flatMap((q, i) => off(q, adjusted[i]!, 1e-12))).toEqual([]);
});
