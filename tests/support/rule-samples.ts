import { Thresholds } from '../../src/domain/policy/thresholds.ts';
import { type Histogram, measureDrift, type ReferenceHistogram } from '../../src/domain/stats/drift.ts';
import { accuracyDrop } from '../../src/domain/triggers/outcomes.ts';

export const limits = Thresholds.parse({});
export const measured = {
  window: { from: '2026-02-27T13:00:00.000Z', to: '2026-02-27T14:00:00.000Z' },
  query: 'SELECT 1',
  version: 'v2',
};
export const CLEAR_BELOW = 0.8;

/** A feature over ten bins: even, or tilted so far that its PSI is large. */
export const even = (feature: string, n: number): Histogram => ({
  feature,
  counts: new Array(10).fill(n / 10),
  nulls: 0,
  mean: 0,
});
export const tilted = (feature: string, n: number, tilt: number): Histogram => ({
  ...even(feature, n),
  counts: Array.from({ length: 10 }, (_, i) => Math.round((n / 10) * (1 + tilt * ((i - 4.5) / 4.5)))),
});
export const kept = (histogram: Histogram): ReferenceHistogram => {
  const edges = histogram.counts.slice(1).map((_, i) => i);
  return { ...histogram, grid: { center: 0, spread: 1 }, edges, psi_edges: edges };
};
export const drift = (current: Histogram[], n = 10_000) =>
  measureDrift(
    current.map((h) => kept(even(h.feature, n))),
    current,
    { V14: 0.7, V17: 0.27, V1: 0.03 },
    limits.model_drift,
  );

/** Timed rows whose p99 is known to 5 %. */
export const p99 = (ms: number | null, timed: number) => ({
  timed,
  latency_p99_ms: ms,
  latency_p99_low_ms: ms === null ? null : ms * 0.95,
  latency_p99_high_ms: ms === null ? null : ms * 1.05,
});

export const outcomes = (tp: number, fp: number, fn: number) => ({
  n: 10_000,
  labelled: 10_000,
  flagged: tp + fp,
  tp,
  fp,
  fn,
  last_labelled_at: '2026-02-27T13:59:30.000Z',
  ...p99(80, 10_000),
});
export const f1State = (tp: number, fp: number, fn: number) =>
  accuracyDrop(outcomes(tp, fp, fn), 0.911, measured, limits.accuracy_drop, CLEAR_BELOW).state;

export const usually = (count: number, low = count, high = count) => ({
  count,
  middle: [low, high] as [number, number],
  low,
  high,
  weeks: 2,
});
