import { kolmogorovTail, oneSampleTail } from './kolmogorov.ts';
import { sum } from './psi.ts';

/** Up to this size of the larger sample p is counted path by path; beyond it comes from the law of one sample. */
const EXACT_UP_TO = 10_000;

/**
 * Two-sided p-value of a two-sample KS statistic: the probability that two samples of n and m values from one continuous
 * distribution are at least `d` apart. Equals `scipy.stats.ks_2samp` with its default arguments: exact up to 10,000 values
 * a side; beyond, the distribution of one sample of nm/(n+m) values against its own law, rounded as numpy does. (One known
 * exception: 7 against 7 at d = 1/7, where p is 1 and scipy, with a warning, falls back to .99996.)
 * @throws RangeError for d outside 0..1, and for sizes that are not positive whole numbers
 */
export function ksPValue(d: number, n: number, m: number): number {
  if (!(d >= 0 && d <= 1) || ![n, m].every((size) => Number.isSafeInteger(size) && size > 0))
    throw new RangeError(
      `expected a statistic of 0 to 1 and two positive sizes, got ${d}, ${n} and ${m}; take them from ksStatistic and its samples`,
    );
  if (Math.max(n, m) <= EXACT_UP_TO) return shareOfPathsOutside(d, n, m);
  return oneSampleTail(d, roundHalfEven((n / (n + m)) * m));
}

/**
 * The share of all paths from (0, 0) to (n, m), one step for each value of the pooled order, that touch |i/n − j/m| ≥ d:
 * the exact p-value. A path to (i, j) came last from (i−1, j) or (i, j−1), with chances i and j out of i + j, so
 * B(i, j) = (i·B(i−1, j) + j·B(i, j−1)) / (i + j), and B = 1 where the bounds are touched (Hodges, Arkiv för Matematik 3,
 * 1958). Kept as shares, nothing overflows, and since nothing is subtracted, small ones keep all their digits. One diagonal
 * i + j = s after the other, in place; only cells between the bounds are visited, so it costs about 2d·nm steps.
 */
function shareOfPathsOutside(d: number, n: number, m: number): number {
  const g = greatestCommonDivisor(n, m);
  const [a, b] = [n / g, m / g];
  // |i/n − j/m| in units of 1/lcm(n, m): |i·b − j·a|, whole numbers.
  const bound = Math.round(d * a * m);
  if (bound === 0) return 1;
  // share[i + 1] is B(i, s − i); outside the bounds it stays 1.
  const share = new Float64Array(n + 2).fill(1);
  share[1] = 0;
  for (let s = 1; s <= n + m; s++) {
    const first = Math.max(0, s - m, Math.floor((s * a - bound) / (a + b)) + 1);
    const last = Math.min(n, s, Math.ceil((s * a + bound) / (a + b)) - 1);
    for (let i = last; i >= first; i--) share[i + 1] = (i * share[i]! + (s - i) * share[i + 1]!) / s;
    share[first] = 1;
  }
  return Math.min(1, share[n + 1]!);
}

function greatestCommonDivisor(n: number, m: number): number {
  return m === 0 ? n : greatestCommonDivisor(m, n % m);
}

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + (down % 2) : Math.round(x);
}

/** KS of two samples that were counted over the same cells. */
export interface BinnedKs {
  /** The widest gap at the cells' edges. */
  d: number;
  p: number;
  /** The statistic of the samples themselves lies in [d, d + error_bound]. */
  error_bound: number;
}

const NO_NULLS = { reference: 0, current: 0 };

/**
 * Two-sample KS test on counts over the same ordered cells: `d` = max |F(e) − G(e)| over the cells' upper edges e. Inside a
 * cell that holds a share p of the reference and q of the current sample, and is entered with the gap F − G = g, the gap can
 * reach g + p (all of the reference come first) or g − q: `error_bound` is how far the furthest of these lies beyond d.
 * With 1,000 quantiles of the reference as edges it is at most about .001, or the share of values that one place of the grid
 * holds together, plus the largest q.
 *
 * p by Kolmogorov's limit law at λ = √(nm/(n+m))·d, which costs the same for any size. It is conservative: d can only be
 * smaller than the samples' own, and the law lies above the exact two-sample probability p wherever p < .095 (above that it
 * falls short by at most p·.42/n, n being the smaller size). Stephens' correction (JRSS B 32, 1970) is made for one sample
 * and would be too small: for 20 against 20 at d = .4 the exact count says .081, the law .082, the correction .059. An empty
 * sample says nothing: d 0, p 1, error bound 1.
 * @param nulls rows without a value: taken as one value below all cells
 * @throws RangeError when the two have not the same cells
 */
export function binnedKs(
  reference: readonly number[],
  current: readonly number[],
  nulls: { reference: number; current: number } = NO_NULLS,
): BinnedKs {
  if (reference.length !== current.length)
    throw new RangeError(
      `expected counts over the same cells, got ${reference.length} and ${current.length}; count both with the same edges`,
    );
  const n = sum(reference) + nulls.reference;
  const m = sum(current) + nulls.current;
  if (n === 0 || m === 0) return { d: 0, p: 1, error_bound: 1 };
  let [below, belowCurrent] = [nulls.reference, nulls.current];
  let gap = below / n - belowCurrent / m;
  let d = Math.abs(gap);
  let reach = d;
  // A thousand cells for each feature: looking Math up globally would be most of it where tests run in a context of their own.
  const { abs, max } = Math;
  reference.forEach((count, cell) => {
    reach = max(reach, gap + count / n, current[cell]! / m - gap);
    below += count;
    belowCurrent += current[cell]!;
    gap = below / n - belowCurrent / m;
    d = max(d, abs(gap));
  });
  return { d, p: kolmogorovTail(Math.sqrt((n / (n + m)) * m) * d), error_bound: Math.max(0, reach - d) };
}

/**
 * Benjamini-Hochberg adjusted p-values, in the order given: the k-th smallest of n becomes min over j ≥ k of p(j)·n/j.
 * Rejecting all that are ≤ q keeps the false discovery rate at q (Benjamini and Hochberg, JRSS B 57, 1995). Equals
 * `scipy.stats.false_discovery_control`.
 */
export function adjustedPValues(pValues: readonly number[]): number[] {
  const order = pValues.map((p, i) => ({ p, i })).sort((a, b) => b.p - a.p);
  const adjusted = new Array<number>(pValues.length);
  let smallest = 1;
  order.forEach(({ p, i }, fromLargest) => {
    smallest = Math.min(smallest, (p * pValues.length) / (pValues.length - fromLargest));
    adjusted[i] = smallest;
  });
  return adjusted;
}
