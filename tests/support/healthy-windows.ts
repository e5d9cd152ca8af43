import type { Measurement, TimeWindow } from '../../src/domain/measurement.ts';
import { Thresholds } from '../../src/domain/policy/thresholds.ts';
import {
  type Cells,
  type Histogram,
  measureDrift,
  type ReferenceHistogram,
} from '../../src/domain/stats/drift.ts';
import { f1Of, quantileRanks } from '../../src/domain/stats/interval.ts';
import { expectedCount } from '../../src/domain/stats/volume.ts';
import { featureDrift, modelDrift } from '../../src/domain/triggers/drift.ts';
import type { Outcomes } from '../../src/domain/triggers/outcomes.ts';
import { accuracyDrop, anomalySpike, latency } from '../../src/domain/triggers/outcomes.ts';
import { dataQuality, volume } from '../../src/domain/triggers/quality.ts';
import { CLASSIFIER } from '../../src/sandbox/models.ts';
import { binomial, type Random } from '../../src/sandbox/random.ts';
import { drawLatency, rhythm } from '../../src/sandbox/world.ts';
import { cellsOf, countOver } from './counted.ts';

const { features: FEATURES, positiveMeans: FRAUD_MEANS, positiveShare: FRAUD_SHARE } = CLASSIFIER;

/**
 * Windows of the sandbox's world (design §10) in the numbers that the warehouse would answer, by the thousand: features are
 * drawn as their own probability transform, uniform whatever their distribution, which changes neither PSI nor KS.
 */

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
export const CLEAR_BELOW = 0.8;
export const LIMITS = Thresholds.parse({});

/** Recall and share of false alarms of a model whose precision is .933: F1 .911. */
const MODEL = { recall: 0.89, falseAlarm: 0.0013 };
export const TRUE_F1 =
  (2 * FRAUD_SHARE * MODEL.recall) /
  (FRAUD_SHARE * (1 + MODEL.recall) + (1 - FRAUD_SHARE) * MODEL.falseAlarm);
const FLAGGED_SHARE = FRAUD_SHARE * MODEL.recall + (1 - FRAUD_SHARE) * MODEL.falseAlarm;

const DISTANCE = FRAUD_MEANS.reduce((sum, mean) => sum + mean * mean, 0);
/** V14 .36, V17 .27, the others at most .014. */
export const IMPORTANCES = Object.fromEntries(
  FEATURES.map((feature, j) => [feature, FRAUD_MEANS[j]! ** 2 / DISTANCE]),
);

export type Draw = () => number;

/** A reference of `n` rows of each feature, kept as the Monitor keeps one. */
export function drawReference(n: number, drawOf: (feature: string) => Draw): ReferenceHistogram[] {
  return FEATURES.map((feature) => {
    const draw = drawOf(feature);
    const values = Float64Array.from({ length: n }, draw).sort();
    const cells = cellsOf(values);
    return { ...histogram({ feature, ...cells }, n, (i) => values[i]!), ...cells };
  });
}

/** `n` values of a feature counted over its cells. */
export function histogram(
  { feature, ...cells }: Cells & { feature: string },
  n: number,
  draw: (i: number) => number,
): Histogram {
  return { feature, counts: countOver(cells, n, draw), nulls: 0, mean: 0 };
}

/** What the drift rules say of a window's rows. */
export function driftRules(
  reference: readonly ReferenceHistogram[],
  current: readonly Histogram[],
  window: TimeWindow,
): Measurement[] {
  const drift = measureDrift(reference, current, IMPORTANCES, LIMITS.model_drift);
  const measured = { window, query: 'simulated', version: 'v2' };
  return [
    modelDrift(drift, measured, LIMITS.model_drift, CLEAR_BELOW),
    ...featureDrift(drift, measured, LIMITS.model_drift, CLEAR_BELOW),
  ];
}

/** Outcomes of `n` predictions of a healthy model, of which `labelled` have their label; nobody took the time. */
export function healthyOutcomes(random: Random, n: number, labelled = n): Outcomes {
  const scored = (rows: number) => {
    const positives = binomial(random, rows, FRAUD_SHARE);
    const tp = binomial(random, positives, MODEL.recall);
    return { tp, fn: positives - tp, fp: binomial(random, rows - positives, MODEL.falseAlarm) };
  };
  const known = scored(labelled);
  const waiting = scored(n - labelled);
  return {
    n,
    labelled,
    ...known,
    flagged: known.tp + known.fp + waiting.tp + waiting.fp,
    last_labelled_at: null,
    timed: 0,
    latency_p99_ms: null,
    latency_p99_low_ms: null,
    latency_p99_high_ms: null,
  };
}

/** The p99 of `n` latencies and its interval, as the warehouse measures them. */
export function latencies(n: number, draw: Draw) {
  const values = Float64Array.from({ length: n }, draw).sort();
  const { low, high } = quantileRanks(n, 0.99);
  const at = (rank: number | null) => (rank === null ? null : values[rank - 1]!);
  return {
    timed: n,
    latency_p99_ms: n > 0 ? at(Math.ceil(n * 0.99)) : null,
    latency_p99_low_ms: at(low),
    latency_p99_high_ms: at(high),
  };
}

/** Records of one hour at a level, with the week's rhythm and by chance. */
const arrivals = (random: Random, level: number, end: number) => {
  const expected = level * rhythm(end - HOUR / 2);
  return Math.max(0, Math.round(expected + Math.sqrt(expected) * random.normal()));
};

/**
 * All measurements of one healthy hour that ends at `to`, with about `level` rows, of a model whose baselines were measured on
 * 50,000 rows, with labels up to an hour late, a hundredth of bad records, and two to five weeks of batches before it.
 */
export function healthyHour(
  random: Random,
  reference: readonly ReferenceHistogram[],
  level: number,
  to: number,
): Measurement[] {
  const window = { from: new Date(to - HOUR).toISOString(), to: new Date(to).toISOString() };
  const measured = { window, query: 'simulated', version: 'v2' };
  const n = arrivals(random, level, to);
  const labelled = Math.floor(n * random.uniform());
  const outcomes = {
    ...healthyOutcomes(random, n, labelled),
    ...latencies(n, () => drawLatency(random)),
  };
  const baseline = healthyOutcomes(random, 50_000);
  const batch = {
    record_count: n,
    cells: n * FEATURES.length,
    null_cells: binomial(random, n, 0.01) * FEATURES.length,
    schema_violations: binomial(random, n, 0.01),
  };
  const hours = Math.round((2 + 3 * random.uniform()) * (WEEK / HOUR));
  const batches = Array.from({ length: hours }, (_, i) => {
    const at = Math.floor(to / HOUR) * HOUR - i * HOUR;
    return { timestamp: new Date(at).toISOString(), record_count: arrivals(random, level, at) };
  });
  const current = reference.map((before) => histogram(before, n, random.uniform));
  const quality = LIMITS.data_quality;
  return [
    ...driftRules(reference, current, window),
    accuracyDrop(outcomes, f1Of(baseline)!.f1, measured, LIMITS.accuracy_drop, CLEAR_BELOW),
    latency(outcomes, measured, LIMITS.latency, CLEAR_BELOW),
    anomalySpike(outcomes, FLAGGED_SHARE, measured, LIMITS.anomaly_spike, CLEAR_BELOW),
    dataQuality(batch, 'transactions', measured, quality, CLEAR_BELOW),
    volume(n, expectedCount(batches, window), 'transactions', measured, quality, CLEAR_BELOW),
  ];
}
