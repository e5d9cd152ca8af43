import { sum } from './psi.ts';

/**
 * Two-sample Kolmogorov-Smirnov test on counts over the same ordered cells: `d` = max |F(e) − G(e)| over the cells' edges.
 * The maximum over all values can only be larger, so the p-value is conservative (too big, never too small).
 * p by the asymptotic distribution with Stephens' correction for finite samples: λ = (√N + 0.12 + 0.11/√N)·d, N = nm/(n+m)
 * (Stephens, JRSS B 32, 1970; Press et al., Numerical Recipes, §14.3). An empty sample says nothing: d 0, p 1.
 */
export function binnedKs(reference: readonly number[], current: readonly number[]): { d: number; p: number } {
  const n = sum(reference);
  const m = sum(current);
  if (n === 0 || m === 0) return { d: 0, p: 1 };
  let d = 0;
  let below = 0;
  let belowCurrent = 0;
  for (let i = 0; i < reference.length; i++) {
    below += reference[i]!;
    belowCurrent += current[i] ?? 0;
    d = Math.max(d, Math.abs(below / n - belowCurrent / m));
  }
  const root = Math.sqrt((n * m) / (n + m));
  return { d, p: kolmogorovTail((root + 0.12 + 0.11 / root) * d) };
}

/** P(K > λ) of the Kolmogorov distribution; the series that converges fast is chosen by λ (Numerical Recipes, §6.14). */
export function kolmogorovTail(lambda: number): number {
  if (lambda <= 0) return 1;
  if (lambda < 1.18) {
    const y = Math.exp(-(Math.PI ** 2) / (8 * lambda * lambda));
    const cdf = (Math.sqrt(2 * Math.PI) / lambda) * (y + y ** 9 + y ** 25 + y ** 49);
    return Math.min(1, Math.max(0, 1 - cdf));
  }
  const x = Math.exp(-2 * lambda * lambda);
  return Math.max(0, 2 * (x - x ** 4 + x ** 9));
}

/**
 * Benjamini-Hochberg adjusted p-values, in the order given: the k-th smallest of n becomes min over j ≥ k of p(j)·n/j.
 * Rejecting all that are ≤ q keeps the false discovery rate at q (Benjamini and Hochberg, JRSS B 57, 1995).
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
