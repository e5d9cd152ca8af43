import { formatDuration } from '../duration.ts';
import type { Measurement } from '../measurement.ts';
import type { Thresholds } from '../policy/thresholds.ts';
import { f1Of, wilson } from '../stats/interval.ts';
import { count, fixed, percent } from '../text.ts';
import type { PredictionOutcomes } from '../warehouse-rows.ts';
import { conclude, finite, type Measured } from './level.ts';

/** What the rules read of a window's counted outcomes. */
export type Outcomes = Omit<PredictionOutcomes, 'tn' | 'first_at' | 'last_at'>;

/**
 * F1 more than `relative_drop` below the baseline. Alarms only if the upper 95 % bound of F1 lies below that limit, so
 * even a model exactly at the limit trips it in about 2.5 % of windows, a healthy one almost never. Value: the relative drop of the estimate.
 * Rows without a label count for nothing; how many have one, and how old the newest of those is, is said.
 */
export function accuracyDrop(
  outcomes: Outcomes,
  baselineF1: number,
  measured: Measured,
  limits: Thresholds['accuracy_drop'],
  clearBelow: number,
): Measurement {
  const positives = outcomes.tp + outcomes.fn;
  const estimate = outcomes.labelled > 0 && baselineF1 > 0 ? f1Of(outcomes) : null;
  const limit = baselineF1 * (1 - limits.relative_drop);
  const clearsAbove = baselineF1 * (1 - limits.relative_drop * clearBelow);
  const drop = (f1: number) => (baselineF1 - f1) / baselineF1;
  const value = estimate && drop(estimate.f1);
  const labelled = outcomes.n > 0 ? outcomes.labelled / outcomes.n : 0;
  const age = labelAge(outcomes, measured);
  const seen = `over ${count(outcomes.labelled)} labelled rows (${count(positives)} positives) of ${measured.version}; ${percent(labelled, 1)} of ${count(outcomes.n)} rows are labelled${age === null ? '' : `, the newest ${formatDuration(age)} before the window's end`}`;
  return conclude(
    {
      rule: 'accuracy_drop',
      is: {
        enough: positives >= limits.min_positives && isSound(outcomes),
        past: estimate !== null && estimate.interval[1] < limit,
        cleared: estimate !== null && estimate.f1 > clearsAbove,
      },
      value,
      threshold: limits.relative_drop,
      samples: { current: outcomes.n, labelled: outcomes.labelled, positives },
      numbers: {
        baseline_f1: baselineF1,
        limit_f1: limit,
        labelled_share: labelled,
        newest_label_age_s: age === null ? null : age / 1_000,
        ...(estimate && {
          current_f1: estimate.f1,
          f1_lower: estimate.interval[0],
          f1_upper: estimate.interval[1],
          certain_drop: drop(estimate.interval[1]),
        }),
      },
      text: estimate
        ? `F1 ${fixed(estimate.f1, 3)} (95 % ${fixed(estimate.interval[0], 3)} to ${fixed(estimate.interval[1], 3)}) against baseline ${fixed(baselineF1, 3)}, limit ${fixed(limit, 3)}, ${seen}`
        : `F1 not measurable: nothing positive or flagged ${seen}`,
      clears: `above F1 ${fixed(clearsAbove, 3)} with at least ${count(limits.min_positives)} labelled positives`,
    },
    measured,
  );
}

/** Counts of rows that are among others; whatever else came is no data. */
function isSound({ n, labelled, tp, fp, fn }: Outcomes): boolean {
  return Math.min(tp, fp, fn) >= 0 && tp + fp + fn <= labelled && labelled <= n;
}

function labelAge({ last_labelled_at: last }: Outcomes, { window }: Measured): number | null {
  return last === null ? null : finite(Math.max(0, Date.parse(window.to) - Date.parse(last)));
}

/**
 * Prediction p99 over its limit, in milliseconds. Alarms only if the lower 95 % bound lies above it: an order statistic of
 * the same rows. Rows without a latency do not count.
 */
export function latency(
  outcomes: Outcomes,
  measured: Measured,
  limits: Thresholds['latency'],
  clearBelow: number,
): Measurement {
  const { timed, latency_p99_ms: value, latency_p99_low_ms: low, latency_p99_high_ms: high } = outcomes;
  const bounds =
    low === null ? '' : ` (95 % ${count(low)} to ${high === null ? 'unknown' : `${count(high)} ms`})`;
  return conclude(
    {
      rule: 'latency',
      is: {
        enough: timed >= limits.min_samples && finite(low) !== null,
        past: low !== null && low > limits.p99_ms && value !== null && value > limits.p99_ms,
        cleared: value !== null && value >= 0 && value < limits.p99_ms * clearBelow,
      },
      value,
      threshold: limits.p99_ms,
      samples: { current: outcomes.n, timed },
      numbers: { latency_p99_ms: value, latency_p99_low_ms: low, latency_p99_high_ms: high },
      text: `Latency p99 ${value === null ? 'not measured' : `${count(value)} ms`}${bounds}, limit ${count(limits.p99_ms)} ms, over ${count(timed)} predictions of ${measured.version}`,
      clears: `below a p99 of ${count(limits.p99_ms * clearBelow)} ms with at least ${count(limits.min_samples)} predictions`,
    },
    measured,
  );
}

/**
 * Share of predictions flagged positive more than `points` above the baseline. Alarms only if the lower 95 % bound of the
 * share does. Value: the difference of the shares.
 */
export function anomalySpike(
  outcomes: Outcomes,
  baselineShare: number,
  measured: Measured,
  limits: Thresholds['anomaly_spike'],
  clearBelow: number,
): Measurement {
  const { n, flagged } = outcomes;
  const share = n > 0 ? flagged / n : null;
  const [low, high] = wilson(flagged, n);
  const clearsBelow = limits.points * clearBelow;
  const points = (value: number) => `+${Number((value * 100).toFixed(1))} points`;
  return conclude(
    {
      rule: 'anomaly_spike',
      is: {
        enough: n >= limits.min_samples && flagged <= n,
        past: low - baselineShare > limits.points,
        cleared: share !== null && share - baselineShare < clearsBelow,
      },
      value: share === null ? null : share - baselineShare,
      threshold: limits.points,
      samples: { current: n, flagged },
      numbers: {
        baseline_flagged_share: baselineShare,
        flagged_share: share,
        flagged_share_lower: low,
        flagged_share_upper: high,
        certain_points: low - baselineShare,
      },
      text: `${share === null ? 'No predictions' : `${percent(share, 1)} of predictions (95 % ${percent(low, 1)} to ${percent(high, 1)})`} flagged against ${percent(baselineShare, 1)} at baseline (limit ${points(limits.points)}), ${count(n)} predictions of ${measured.version}`,
      clears: `below ${points(clearsBelow)} (${percent(baselineShare + clearsBelow, 1)} flagged) with at least ${count(limits.min_samples)} predictions`,
    },
    measured,
  );
}
