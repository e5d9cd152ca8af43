import type { Measurement, TimeWindow } from '../../src/domain/measurement.ts';
import { Thresholds } from '../../src/domain/policy.ts';
import {
  type Histogram,
  measureDrift,
  REFERENCE_PROBABILITIES,
  type ReferenceHistogram,
  referenceEdges,
} from '../../src/domain/stats/drift.ts';
import { f1Of, quantileRanks } from '../../src/domain/stats/interval.ts';
import { expectedCount } from '../../src/domain/stats/volume.ts';
import { featureDrift, modelDrift } from '../../src/domain/triggers/drift.ts';
import type { Outcomes } from '../../src/domain/triggers/outcomes.ts';
import { accuracyDrop, anomalySpike, latency } from '../../src/domain/triggers/outcomes.ts';
import { dataQuality, volume } from '../../src/domain/triggers/quality.ts';
import { binomial, type Random } from '../../src/sandbox/random.ts';
import { drawLatency, FEATURES, FRAUD_MEANS, FRAUD_SHARE, rhythm } from '../../src/sandbox/world.ts';

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
    const cells = referenceEdges(
      REFERENCE_PROBABILITIES.map((p) => {
        const at = (n - 1) * p;
        const [below, above] = [values[Math.floor(at)]!, values[Math.ceil(at)]!];
        return below + (at - Math.floor(at)) * (above - below);
      }),
    );
    let next = 0;
    return { ...histogram(feature, n, cells.edges, () => values[next++]!), ...cells };
  });
}

/** `n` values of a feature counted over the edges. */
export function histogram(feature: string, n: number, edges: readonly number[], draw: Draw): Histogram {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (let i = 0; i < n; i++) {
    const value = draw();
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= edges[middle]!) high = middle;
      else low = middle + 1;
    }
    counts[low]!++;
  }
  return { feature, counts, nulls: 0, mean: 0, std: 1 };
}

const STEPS = 2048;

/** The same for values that are uniform in [0, 1), twenty times as fast: a table says where each value's search begins. */
export function uniformHistogram(
  { feature, edges }: ReferenceHistogram,
  n: number,
  { uniform }: Random,
): Histogram {
  const counts = new Uint32Array(edges.length + 1);
  const upper = Float64Array.from([...edges, Number.POSITIVE_INFINITY]);
  const begin = new Uint16Array(STEPS);
  for (let step = 0, cell = 0; step < STEPS; step++) {
    while (step / STEPS > upper[cell]!) cell++;
    begin[step] = cell;
  }
  for (let i = 0; i < n; i++) {
    const value = uniform();
    let cell = begin[(value * STEPS) | 0]!;
    while (value > upper[cell]!) cell++;
    counts[cell]!++;
  }
  return { feature, counts: Array.from(counts), nulls: 0, mean: 0, std: 1 };
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
  const current = reference.map((before) => uniformHistogram(before, n, random));
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
