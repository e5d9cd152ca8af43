/** Bins of the population stability index (design §2). */
export const PSI_BINS = 10;

/** Ascending quantiles without repeats: a discrete feature has fewer bins, never empty ones between equal edges. */
export function distinctEdges(quantiles: readonly number[]): number[] {
  return quantiles.filter((edge, i) => Number.isFinite(edge) && (i === 0 || edge !== quantiles[i - 1]));
}

/**
 * Upper edges of the bins of PSI: the reference's deciles. The first bin is open below, so a reference that has a tenth of
 * its values at its lowest could move down unseen: then an edge just below gives what does a bin of its own.
 */
export function psiEdges(deciles: readonly number[], lowest: number | undefined): number[] {
  const edges = distinctEdges(deciles);
  return lowest !== undefined && edges[0] === lowest ? distinctEdges([justBelow(lowest), ...edges]) : edges;
}

/** A double right below x. At 0 it is the first that is stored in full: not every engine keeps smaller ones. */
export function justBelow(x: number): number {
  return x - Math.max(Math.abs(x) * Number.EPSILON, 2 ** -1022);
}

export interface Psi {
  /** Σ (q − p) · ln(q / p) over the cells, in nats; 0 means alike. */
  raw: number;
  /** What two samples of one distribution are apart on average is taken off: max(0, raw − bias). */
  corrected: number;
  bias: number;
}

/**
 * Population stability index between two samples counted over the same B cells.
 * Every share is (c + ½) / (n + B/2) (Krichevsky-Trofimov), so that an empty cell stays finite. Under equality raw · nm/(n+m)
 * is asymptotically χ² with B − 1 degrees of freedom, hence its mean is (B − 1)(1/n + 1/m): the bias that is subtracted
 * (Yurdakul and Naranjo, "Statistical properties of the population stability index", J. Risk Model Validation 14(4), 2020).
 * @throws RangeError when the two have not the same cells
 */
export function psi(reference: readonly number[], current: readonly number[]): Psi {
  if (reference.length !== current.length || reference.length === 0)
    throw new RangeError(
      `expected counts over the same cells, got ${reference.length} and ${current.length}; count both with the same edges`,
    );
  const cells = reference.length;
  const n = sum(reference);
  const m = sum(current);
  let raw = 0;
  for (let i = 0; i < cells; i++) {
    const p = (reference[i]! + 0.5) / (n + cells / 2);
    const q = (current[i]! + 0.5) / (m + cells / 2);
    raw += (q - p) * Math.log(q / p);
  }
  // One cell holds everything: two samples cannot be apart, not even with an empty one.
  const bias = cells === 1 ? 0 : (cells - 1) * (1 / n + 1 / m);
  return { raw, corrected: Math.max(0, raw - bias), bias };
}

/**
 * PSI between two samples of a categorical feature: every level that either has is a cell (so a new one counts), and so are
 * the rows without a value, when either has any. Where neither has a row, nothing is compared: 0.
 */
export function categoricalPsi(
  referenceCounts: Readonly<Record<string, number>>,
  currentCounts: Readonly<Record<string, number>>,
  nulls: { reference: number; current: number } = { reference: 0, current: 0 },
): Psi {
  const cells = new Map<string | null, [number, number]>([[null, [nulls.reference, nulls.current]]]);
  for (const [level, count] of Object.entries(referenceCounts)) cells.set(level, [count, 0]);
  for (const [level, count] of Object.entries(currentCounts))
    cells.set(level, [cells.get(level)?.[0] ?? 0, count]);
  const seen = [...cells.values()].filter(([before, now]) => before + now > 0);
  if (seen.length === 0) return psi([0], [0]);
  return psi(
    seen.map(([before]) => before),
    seen.map(([, now]) => now),
  );
}

/**
 * Cells of two histograms, side by side; missing values are a cell of their own, the lowest, when either has any. So is the
 * first bin: nothing in it on both sides, as below the lowest value of `psiEdges`, and it is none.
 */
export function psiCells(
  reference: { counts: readonly number[]; nulls: number },
  current: { counts: readonly number[]; nulls: number },
): [number[], number[]] {
  const first = reference.counts.length > 1 && reference.counts[0] === 0 && current.counts[0] === 0 ? 1 : 0;
  const missing = reference.nulls > 0 || current.nulls > 0;
  const cells = ({ counts, nulls }: typeof reference) => [
    ...(missing ? [nulls] : []),
    ...counts.slice(first),
  ];
  return [cells(reference), cells(current)];
}

/**
 * Σ wᵢ·xᵢ / Σ wᵢ, the aggregate of the features' PSI by importance. Negative weights (an unhelpful feature's permutation
 * importance) count as 0; without any positive weight all count alike. Null for no values.
 */
export function weightedMean(values: readonly number[], weights: readonly number[]): number | null {
  if (values.length === 0) return null;
  const positive = values.map((_, i) => Math.max(0, weights[i] ?? 0));
  const total = sum(positive);
  if (total === 0) return sum(values) / values.length;
  return values.reduce((acc, value, i) => acc + value * (positive[i]! / total), 0);
}

/** Sum of the numbers. */
export function sum(values: readonly number[]): number {
  return values.reduce((acc, value) => acc + value, 0);
}
