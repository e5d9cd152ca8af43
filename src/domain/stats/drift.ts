import { adjustedPValues, binnedKs } from './ks.ts';
import { psi, sum, weightedMean, withNulls } from './psi.ts';

/** One feature counted over given bins; `nulls` are the rows without a value. */
export interface Histogram {
  feature: string;
  counts: number[];
  nulls: number;
  mean: number;
  std: number;
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
  ks: number;
  p_value: number;
  n_reference: number;
  n_current: number;
  nulls_reference: number;
  nulls_current: number;
  mean_reference: number;
  mean_current: number;
  std_reference: number;
  std_current: number;
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
 * Drift of every feature of a reference against the current rows (design §2): PSI over the reference's quantile bins, KS
 * with missing values as the lowest value (so that a rise in nulls counts), Benjamini-Hochberg over all features.
 * A feature that the current rows lack altogether counts as all null.
 */
export function measureDrift(
  reference: readonly Histogram[],
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
      std: Number.NaN,
    },
  }));
  const tests = pairs.map(({ before, now }) => {
    const [p, q] = withNulls(before, now);
    return { ...psi(p, q), ...binnedKs(p, q), values: valuesPsi(before, now) };
  });
  const adjusted = adjustedPValues(tests.map((t) => t.p));
  const features = pairs.map(({ before, now }, i): FeatureShift => {
    const { raw, corrected, values, d, p } = tests[i]!;
    const significant = adjusted[i]! <= limits.false_discovery_rate;
    return {
      feature: before.feature,
      importance: importances[before.feature] ?? 0,
      psi: raw,
      psi_corrected: corrected,
      psi_values: values,
      ks: d,
      p_value: p,
      n_reference: size(before),
      n_current: size(now),
      nulls_reference: before.nulls,
      nulls_current: now.nulls,
      mean_reference: before.mean,
      mean_current: now.mean,
      std_reference: before.std,
      std_current: now.std,
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

/** Without a value on one side there is nothing to compare. */
function valuesPsi(before: Histogram, now: Histogram): number {
  return sum(before.counts) > 0 && sum(now.counts) > 0 ? psi(before.counts, now.counts).corrected : 0;
}

function size(histogram: Pick<Histogram, 'counts' | 'nulls'>): number {
  return sum(histogram.counts) + histogram.nulls;
}
