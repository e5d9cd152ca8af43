import type { Measurement } from '../measurement.ts';
import type { Thresholds } from '../policy.ts';
import { f1Of } from '../stats/interval.ts';
import { count, level, type Measured, percent, shortQuery } from './level.ts';

/** Counted outcomes of a window's predictions; the confusion counts cover labelled rows only. */
export interface Outcomes {
  n: number;
  flagged: number;
  labelled: number;
  tp: number;
  fp: number;
  fn: number;
  latency_p99_ms: number | null;
}

/**
 * F1 more than `relative_drop` below the baseline. Alarms only if the upper 95 % bound of F1 lies below that limit, so
 * even a model exactly at the limit trips it in about 2.5 % of windows, a healthy one almost never. Value: the relative drop of the estimate.
 */
export function accuracyDrop(
  outcomes: Outcomes,
  baselineF1: number,
  measured: Measured,
  limits: Thresholds['accuracy_drop'],
  clearBelow: number,
): Measurement {
  const positives = outcomes.tp + outcomes.fn;
  const estimate = f1Of(outcomes);
  const limit = baselineF1 * (1 - limits.relative_drop);
  const drop = (f1: number) => (baselineF1 > 0 ? (baselineF1 - f1) / baselineF1 : 0);
  const value = estimate && drop(estimate.f1);
  const seen = `over ${count(outcomes.labelled)} labelled rows (${count(positives)} positives) of ${measured.version}`;
  return {
    rule: 'accuracy_drop',
    state: level({
      enough: estimate !== null && positives >= limits.min_positives,
      past: estimate !== null && estimate.interval[1] < limit,
      cleared: value !== null && value < limits.relative_drop * clearBelow,
    }),
    value,
    threshold: limits.relative_drop,
    window: measured.window,
    samples: { current: outcomes.n, labelled: outcomes.labelled, positives },
    numbers: {
      baseline_f1: baselineF1,
      limit_f1: limit,
      ...(estimate && {
        current_f1: estimate.f1,
        f1_lower: estimate.interval[0],
        f1_upper: estimate.interval[1],
        certain_drop: drop(estimate.interval[1]),
      }),
    },
    query: shortQuery(measured.query),
    text: estimate
      ? `F1 ${estimate.f1.toFixed(3)} (95 % ${estimate.interval[0].toFixed(3)} to ${estimate.interval[1].toFixed(3)}) against baseline ${baselineF1.toFixed(3)}, limit ${limit.toFixed(3)}, ${seen}`
      : `F1 not measurable: nothing positive or flagged ${seen}`,
  };
}

/** Prediction p99 over its limit, in milliseconds. */
export function latency(
  outcomes: Outcomes,
  measured: Measured,
  limits: Thresholds['latency'],
  clearBelow: number,
): Measurement {
  const value = outcomes.latency_p99_ms;
  return {
    rule: 'latency',
    state: level({
      enough: value !== null && outcomes.n >= limits.min_samples,
      past: value !== null && value > limits.p99_ms,
      cleared: value !== null && value < limits.p99_ms * clearBelow,
    }),
    value,
    threshold: limits.p99_ms,
    window: measured.window,
    samples: { current: outcomes.n },
    numbers: value === null ? {} : { latency_p99_ms: value },
    query: shortQuery(measured.query),
    text: `Latency p99 ${value === null ? 'not measured' : `${count(value)} ms`} (limit ${count(limits.p99_ms)} ms) over ${count(outcomes.n)} predictions of ${measured.version}`,
  };
}

/** Share of predictions flagged positive more than `points` above the baseline. Value: the difference of the shares. */
export function anomalySpike(
  outcomes: Outcomes,
  baselineShare: number,
  measured: Measured,
  limits: Thresholds['anomaly_spike'],
  clearBelow: number,
): Measurement {
  const share = outcomes.n > 0 ? outcomes.flagged / outcomes.n : null;
  const value = share === null ? null : share - baselineShare;
  return {
    rule: 'anomaly_spike',
    state: level({
      enough: outcomes.n >= limits.min_samples,
      past: value !== null && value > limits.points,
      cleared: value !== null && value < limits.points * clearBelow,
    }),
    value,
    threshold: limits.points,
    window: measured.window,
    samples: { current: outcomes.n, flagged: outcomes.flagged },
    numbers: { baseline_flagged_share: baselineShare, ...(share !== null && { flagged_share: share }) },
    query: shortQuery(measured.query),
    text: `${share === null ? 'No predictions' : `${percent(share)} of predictions`} flagged against ${percent(baselineShare)} at baseline (limit +${(limits.points * 100).toFixed(0)} points), ${count(outcomes.n)} predictions of ${measured.version}`,
  };
}
