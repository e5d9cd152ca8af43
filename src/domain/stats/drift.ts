import { fitGrid, type Grid, placeOf } from './grid.ts';
import { adjustedPValues, binnedKs } from './ks.ts';
import { distinctEdges, PSI_BINS, psi, psiCells, psiEdges, sum, weightedMean } from './psi.ts';

/** Cells that a reference is kept in: fine enough for KS, and a whole number of them in each of PSI's bins. */
const CELLS = 1_000;
const CELLS_PER_BIN = CELLS / PSI_BINS;

/** Probabilities of the quantiles that bound a reference's cells: .001, .002 … .999, the nine deciles among them. */
export const REFERENCE_PROBABILITIES: readonly number[] = Array.from(
  { length: CELLS - 1 },
  (_, i) => (i + 1) / CELLS,
);

/** One feature counted over given cells; `nulls` are the rows without a value. */
export interface Histogram {
  feature: string;
  counts: number[];
  nulls: number;
  mean: number;
}

/** The cells that a feature's rows are counted over: places of a grid, side by side. */
export interface Cells {
  grid: Grid;
  /** The highest place of each cell but the last, ascending: cell i holds the places after edges[i−1] up to edges[i]. */
  edges: number[];
}

/** A feature's training rows, with the cells that later rows are counted over. */
export interface ReferenceHistogram extends Histogram, Cells {
  /** Those of `edges` that bound the bins of PSI. */
  psi_edges: number[];
}

/** How far one feature's distribution has moved. Rows include those without a value. */
export interface FeatureShift {
  feature: string;
  /** Share of the model's importance, 0..1. */
  importance: number;
  psi: number;
  psi_corrected: number;
  /** Corrected PSI among the rows that have a value: 0 where rows only lack it. */
  psi_values: number;
  /** KS over the cells: the statistic of the rows themselves lies in [ks, ks + ks_error_bound]. */
  ks: number;
  ks_error_bound: number;
  p_value: number;
  n_reference: number;
  n_current: number;
  nulls_reference: number;
  nulls_current: number;
  mean_reference: number;
  mean_current: number;
  /** Significant after Benjamini-Hochberg over all features. */
  significant: boolean;
  /** Corrected PSI past the per-feature threshold and significant. */
  drifted: boolean;
}

export interface Drift {
  /** Corrected PSI weighted by importance; null without features. */
  aggregate: number | null;
  aggregate_raw: number | null;
  /** Rows in the smallest feature's histogram: every feature has at least these. */
  n_reference: number;
  n_current: number;
  /** In the reference's order. */
  features: FeatureShift[];
}

/**
 * The cells of a feature's reference: between its quantiles at `REFERENCE_PROBABILITIES`, each moved up to the end of its
 * place on the grid that fits them. Repeats, as of a discrete feature, are removed, and leave an edge one place below: so a
 * value that many rows share has a cell of its own, and rows that move away from it to either side are seen. At most as many
 * edges as quantiles. No quantiles, as of a feature without any value: no edges, and one cell.
 * @throws RangeError for another number of quantiles
 */
export function referenceCells(quantiles: readonly number[]): Cells & Pick<ReferenceHistogram, 'psi_edges'> {
  if (quantiles.length !== 0 && quantiles.length !== REFERENCE_PROBABILITIES.length)
    throw new RangeError(
      `expected ${REFERENCE_PROBABILITIES.length} quantiles, got ${quantiles.length}; ask for those at REFERENCE_PROBABILITIES`,
    );
  const grid = fitGrid(quantiles);
  const places = quantiles.map((quantile) => placeOf(grid, quantile));
  const deciles = places.filter((_, i) => (i + 1) % CELLS_PER_BIN === 0);
  const edges = places.flatMap((place, i) =>
    place === places[i + 1] && place !== places[i - 1] ? [place - 1, place] : place,
  );
  // psiEdges may put an edge right below a place: that is the end of the place before.
  return { grid, edges: distinctEdges(edges), psi_edges: psiEdges(deciles, places[0]).map(Math.floor) };
}

/**
 * Drift of every feature of a reference against the current rows counted over the reference's cells (design §2): PSI over
 * the bins between the reference's deciles, KS over all cells with missing values as the lowest value (so that a rise in
 * nulls counts), Benjamini-Hochberg over all features. A feature that the current rows lack altogether counts as all null.
 * @throws RangeError when the two are not counted over the same cells
 */
export function measureDrift(
  reference: readonly ReferenceHistogram[],
  current: readonly Histogram[],
  importances: Readonly<Record<string, number>>,
  limits: { feature_psi: number; false_discovery_rate: number },
): Drift {
  const byName = new Map(current.map((histogram) => [histogram.feature, histogram]));
  const rows = Math.max(0, ...current.map(size));
  const pairs = reference.map((before) => ({
    before,
    now: byName.get(before.feature) ?? {
      feature: before.feature,
      counts: before.counts.map(() => 0),
      nulls: rows,
      mean: Number.NaN,
    },
  }));
  const tests = pairs.map(({ before, now }) => ({
    ...binnedPsi(before, now),
    ...binnedKs(before.counts, now.counts, { reference: before.nulls, current: now.nulls }),
  }));
  const adjusted = adjustedPValues(tests.map((t) => t.p));
  const features = pairs.map(({ before, now }, i): FeatureShift => {
    const { raw, corrected, values, d, p, error_bound } = tests[i]!;
    const significant = adjusted[i]! <= limits.false_discovery_rate;
    return {
      feature: before.feature,
      importance: importances[before.feature] ?? 0,
      psi: raw,
      psi_corrected: corrected,
      psi_values: values,
      ks: d,
      ks_error_bound: error_bound,
      p_value: p,
      n_reference: size(before),
      n_current: size(now),
      nulls_reference: before.nulls,
      nulls_current: now.nulls,
      mean_reference: before.mean,
      mean_current: now.mean,
      significant,
      drifted: significant && corrected > limits.feature_psi,
    };
  });
  const weights = features.map((f) => f.importance);
  const mean = (pick: (f: FeatureShift) => number) => weightedMean(features.map(pick), weights);
  return {
    aggregate: mean((f) => f.psi_corrected),
    aggregate_raw: mean((f) => f.psi),
    n_reference: features.length ? Math.min(...features.map((f) => f.n_reference)) : 0,
    n_current: features.length ? Math.min(...features.map((f) => f.n_current)) : 0,
    features,
  };
}

/** PSI over the reference's bins, missing values included, and corrected among the values alone. */
function binnedPsi(
  before: ReferenceHistogram,
  now: Histogram,
): { raw: number; corrected: number; values: number } {
  const was = { counts: coarser(before.counts, before), nulls: before.nulls };
  const is = { counts: coarser(now.counts, before), nulls: now.nulls };
  // Without a value on one side there is nothing to compare.
  const comparable = sum(was.counts) > 0 && sum(is.counts) > 0;
  const values = psiCells({ ...was, nulls: 0 }, { ...is, nulls: 0 });
  return {
    ...psi(...psiCells(was, is)),
    values: comparable ? psi(...values).corrected : 0,
  };
}

/** Counts of the cells added up to those of the bins between `psi_edges`. */
function coarser(counts: readonly number[], { feature, edges, psi_edges }: ReferenceHistogram): number[] {
  if (counts.length !== edges.length + 1)
    throw new RangeError(
      `expected ${edges.length + 1} counts of ${feature}, one more than its edges, got ${counts.length}; count both samples over the reference's cells`,
    );
  const bins = new Array<number>(psi_edges.length + 1).fill(0);
  let bin = 0;
  counts.forEach((count, cell) => {
    bins[bin]! += count;
    if (bin < psi_edges.length && edges[cell] === psi_edges[bin]) bin++;
  });
  if (bin < psi_edges.length)
    throw new RangeError(
      `expected the edges of ${feature}'s PSI bins among its edges, ${psi_edges[bin]} is not; take both from referenceCells`,
    );
  return bins;
}

function size(histogram: Pick<Histogram, 'counts' | 'nulls'>): number {
  return sum(histogram.counts) + histogram.nulls;
}
