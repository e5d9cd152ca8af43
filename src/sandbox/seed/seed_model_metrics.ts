import { endOf } from '../../domain/stats/grid.ts';
import { scores } from '../classifier.ts';
import { exportMetrics } from '../export.ts';
import { driftOf } from '../measure.ts';
import type { ModelDatabase } from '../model-database.ts';
import type { ModelSpec } from '../models.ts';
import { binomial, type Random, randomStream } from '../random.ts';
import { iso, type StoredVersion } from '../state.ts';
import { LATENCY_MEDIAN_MS, LATENCY_SIGMA } from '../world.ts';
import { fullHours, type History, hourlyVolume } from './history.ts';

/** Standard normal distribution function (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
export function normalCdf(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const tail =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) *
    t *
    Math.exp((-x * x) / 2);
  return x >= 0 ? 1 - tail / 2 : tail / 2;
}

/** Standard error of an area under the ROC curve (Hanley and McNeil 1982). */
function aucError(auc: number, positives: number, negatives: number): number {
  const q1 = auc / (2 - auc) - auc ** 2;
  const q2 = (2 * auc ** 2) / (1 + auc) - auc ** 2;
  const variance = auc * (1 - auc) + (positives - 1) * q1 + (negatives - 1) * q2;
  return Math.sqrt(variance / (positives * negatives));
}

/**
 * The figures of one hour of full traffic. All features are normal, hence so is the model's log-odds, and every count of an hour is
 * binomial: the counts are drawn as such instead of drawing 30 million transactions one by one.
 */
export function hourlyMetrics(
  { features, positiveShare, positiveMeans }: ModelSpec,
  version: StoredVersion,
  history: History,
  hourEnd: number,
  random: Random,
) {
  const { classifier } = version;
  const changed = hourEnd > history.event.from && hourEnd <= history.event.to;
  const change = (feature: string) => (changed && history.event.features[feature]) || { scale: 1, shift: 0 };
  const rows = hourlyVolume(history, hourEnd);
  const positives = binomial(random, rows, positiveShare);

  const score = { positive: classifier.intercept, other: classifier.intercept, variance: 0 };
  const counts: Record<string, number[]> = {};
  for (const [j, feature] of features.entries()) {
    const { scale, shift } = change(feature);
    const weight = classifier.weights[j]!;
    score.other += weight * shift;
    score.positive += weight * (scale * positiveMeans[j]! + shift);
    score.variance += (weight * scale) ** 2;
    const below = (edge: number, mean: number) => normalCdf((edge - scale * mean - shift) / scale);
    let left = rows;
    let passed = 0;
    const { grid, edges } = version.reference[feature]!;
    counts[feature] = edges.map((place) => {
      const edge = endOf(grid, place);
      const reached = positiveShare * below(edge, positiveMeans[j]!) + (1 - positiveShare) * below(edge, 0);
      const count = binomial(random, left, Math.min(1, (reached - passed) / (1 - passed)));
      left -= count;
      passed = reached;
      return count;
    });
    counts[feature].push(left);
  }

  const sd = Math.sqrt(score.variance);
  const cut = Math.log(classifier.threshold / (1 - classifier.threshold));
  const tp = binomial(random, positives, normalCdf((score.positive - cut) / sd));
  const fp = binomial(random, rows - positives, normalCdf((score.other - cut) / sd));
  const auc = normalCdf((score.positive - score.other) / (sd * Math.SQRT2));
  // A sample quantile is normal around the true one with variance p(1-p) / (n f²); in logs of a log-normal.
  const z99 = 2.3263;
  const density = Math.exp(-(z99 ** 2) / 2) / Math.sqrt(2 * Math.PI);
  const z = z99 + (Math.sqrt((0.99 * 0.01) / rows) / density) * random.normal();
  return {
    ...scores({ tp, fp, fn: positives - tp, tn: rows - positives - fp }),
    auc: Math.min(1, auc + aucError(auc, positives, rows - positives) * random.normal()),
    drift_score: driftOf(version, counts).aggregate,
    latency_p99: LATENCY_MEDIAN_MS * Math.exp(LATENCY_SIGMA * z),
  };
}

/** A row for each full hour of the past, drawn on its full traffic; and the last hour, measured on the log. */
export async function seedModelMetrics(
  database: ModelDatabase,
  history: History,
  versions: readonly StoredVersion[],
): Promise<void> {
  const random = randomStream(history.seed, 'metrics');
  const rows = fullHours(history)
    .filter((hour) => hour > history.v1At)
    .map((hour) => {
      const version = versions[hour <= history.v2At ? 0 : 1]!;
      const m = hourlyMetrics(database.spec, version, history, hour, random);
      return [
        iso(hour),
        database.spec.model,
        m.f1,
        m.precision,
        m.recall,
        m.auc,
        m.drift_score,
        m.latency_p99,
      ];
    });
  await database.write((tx) => tx.insert('MODEL_METRICS', rows));
  await exportMetrics(database, Math.floor(history.now / 1000) * 1000);
}
