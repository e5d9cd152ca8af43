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
