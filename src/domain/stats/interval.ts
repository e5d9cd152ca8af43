import { sum } from './psi.ts';

/** Standard normal quantile of a two-sided 95 % interval; each bound alone is one-sided 97.5 %. */
export const Z95 = 1.959963984540054;

export type Interval = [low: number, high: number];

/**
 * Wilson score interval of a proportion (Wilson, JASA 22, 1927; recommended by Brown, Cai and DasGupta, Statistical
 * Science 16, 2001): stays within 0..1 and holds its level with few trials. No trials: nothing is known, [0, 1].
 */
export function wilson(successes: number, trials: number, z = Z95): Interval {
  if (trials <= 0) return [0, 1];
  const p = successes / trials;
  const z2 = z * z;
  const centre = (p + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (z / (1 + z2 / trials)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

export interface Confusion {
  tp: number;
  fp: number;
  fn: number;
}

export interface F1Estimate {
  f1: number;
  interval: Interval;
  /** Null where nothing was flagged, or nothing was positive. */
  precision: number | null;
  recall: number | null;
}

/**
 * F1 = 2tp / (2tp + fp + fn) with a 95 % interval. 2tp + fp + fn is no number of trials, but tp + fp + fn is: given the rows
 * that are no true negatives, tp is binomial with J = tp/(tp+fp+fn), and F1 = 2J/(1+J) rises with J. So the Wilson bounds
 * of J carried through that map are the interval of F1: the "Wilson indirect" method, which Lam, Gopal and Qian found to
 * cover better than Clopper-Pearson's and Wald's ("Confidence intervals for the F1 score: a comparison of four methods", arXiv 2309.14621).
 * Null when no row is positive or flagged: F1 is 0/0.
 */
export function f1Of({ tp, fp, fn }: Confusion, z = Z95): F1Estimate | null {
  const trials = tp + fp + fn;
  if (trials === 0) return null;
  const [low, high] = wilson(tp, trials, z);
  const fromJaccard = (j: number) => (2 * j) / (1 + j);
  return {
    f1: (2 * tp) / (2 * tp + fp + fn),
    interval: [fromJaccard(low), fromJaccard(high)],
    precision: tp + fp > 0 ? tp / (tp + fp) : null,
    recall: tp + fn > 0 ? tp / (tp + fn) : null,
  };
}

/** Ranks of order statistics, 1 being the smallest; null where the sample is too small to give a bound. */
export interface QuantileRanks {
  low: number | null;
  high: number | null;
}

/**
 * Ranks of the order statistics that bound the p-quantile with 95 % confidence, whatever the distribution: the values below
 * the quantile are binomial(n, p), so the low rank is that count's 2.5 % point and the high one its 97.5 % point plus one;
 * each bound alone is one-sided 97.5 % (Conover, Practical Nonparametric Statistics, §3.2; Hahn and Meeker, Statistical
 * Intervals, §5.2). A p99 has an upper bound from 368 values on. Bounds are read from the sample itself, never averaged from
 * the p99s of parts, which says nothing about the whole.
 * @throws RangeError for a probability that is not between 0 and 1, or a size that is no whole number
 */
export function quantileRanks(n: number, p: number): QuantileRanks {
  if (!(p > 0 && p < 1) || !Number.isSafeInteger(n) || n < 0)
    throw new RangeError(`expected a sample's size and a probability between 0 and 1, got ${n} and ${p}`);
  const [low, beforeHigh] = binomialPoints(n, p);
  return { low: low >= 1 ? low : null, high: beforeHigh < n ? beforeHigh + 1 : null };
}

/** Each side's share outside a two-sided 95 % interval. */
const TAIL = 0.025;

/** Chances that are no longer worth adding, as shares of the mode's. */
const NEGLIGIBLE = 1e-18;

/**
 * The smallest k with P(binomial(n, p) ≤ k) ≥ 2.5 %, and with ≥ 97.5 %, as `scipy.stats.binom.ppf`. The chances are taken
 * relative to the mode's, by their ratios outwards from it, and divided by their sum: no factorials, some 20√(np(1−p)) steps.
 */
function binomialPoints(n: number, p: number): [low: number, high: number] {
  const odds = p / (1 - p);
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const below: number[] = [];
  for (let k = mode, chance = 1; k > 0 && chance >= NEGLIGIBLE; k--) {
    chance *= k / ((n - k + 1) * odds);
    below.push(chance);
  }
  const fromMode = [1];
  for (let k = mode, chance = 1; k < n && chance >= NEGLIGIBLE; k++) {
    chance *= ((n - k) * odds) / (k + 1);
    fromMode.push(chance);
  }
  const chances = [...below.toReversed(), ...fromMode];
  const total = sum(chances);
  const point = (share: number) => {
    let index = 0;
    for (let upTo = chances[0]!; upTo < share * total; upTo += chances[index]!) index++;
    return mode - below.length + index;
  };
  return [point(TAIL), point(1 - TAIL)];
}
