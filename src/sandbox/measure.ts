import type { DriftReport, MetricsAggregate } from '../domain/platform.ts';
import { duckdbDialect } from '../warehouse/duckdb/dialect.ts';
import type { Warehouse } from '../warehouse/port.ts';
import { createSqlWarehouse } from '../warehouse/sql-warehouse.ts';
import { scores } from './classifier.ts';
import type { Database } from './database.ts';
import type { ModelDatabase } from './model-database.ts';
import { iso, type StoredVersion } from './state.ts';

/** Monitoring looks back over this. */
export const WINDOW_MS = 3_600_000;

/** The warehouse port, in process. */
export function ownWarehouse(database: Pick<Database, 'read'>): Warehouse {
  return createSqlWarehouse(duckdbDialect, ({ sql, params }) => database.read(sql, params));
}

/** Population stability index with smoothed cells, less what two samples of one distribution are apart on average. */
export function correctedPsi(reference: readonly number[], current: readonly number[]): number {
  const bins = reference.length;
  const n = reference.reduce((sum, count) => sum + count, 0);
  const m = current.reduce((sum, count) => sum + count, 0);
  let psi = 0;
  for (let k = 0; k < bins; k++) {
    const p = (reference[k]! + 0.5) / (n + bins / 2);
    const q = (current[k]! + 0.5) / (m + bins / 2);
    psi += (q - p) * Math.log(q / p);
  }
  return Math.max(0, psi - (bins - 1) * (1 / n + 1 / m));
}

/** PSI per feature given the counts per bin, and their mean weighted by importance. */
export function driftOf(version: StoredVersion, counts: Readonly<Record<string, number[]>>) {
  const features: Record<string, number> = {};
  let aggregate = 0;
  for (const [feature, { counts: expected }] of Object.entries(version.reference)) {
    features[feature] = correctedPsi(expected, counts[feature]!);
    aggregate += features[feature] * version.info.importances[feature]!;
  }
  return { features, aggregate };
}

/** The window that a version's monitoring covers at a time: the last hour, but not before `since`. */
function windowAt(at: number, since: number) {
  return { from: iso(Math.max(at - WINDOW_MS, since)), to: iso(at) };
}

/** `GET /models/{model}/drift`: a version's rows of the last hour against its own training rows. */
export async function measureDrift(
  warehouse: Warehouse,
  version: StoredVersion,
  at: number,
  since = 0,
): Promise<DriftReport> {
  const window = windowAt(at, since);
  const { model } = version;
  const scope = { model, version: version.info.version, window };
  const { value } = await warehouse.featureHistograms(scope, version.reference);
  const samples = value[0]?.n ?? 0;
  const shared = { model, version: version.info.version, window, samples };
  if (samples === 0) return { ...shared, aggregate: null, features: {} };
  const counts = Object.fromEntries(value.map((histogram) => [histogram.feature, histogram.counts]));
  return { ...shared, ...driftOf(version, counts) };
}

/** `GET /models/{model}/metrics/aggregate`: what became of a version's predictions of the last hour. */
export async function measureOutcomes(
  warehouse: Warehouse,
  version: StoredVersion,
  at: number,
  since = 0,
): Promise<MetricsAggregate & { precision: number; recall: number }> {
  const window = windowAt(at, since);
  const { value } = await warehouse.predictionOutcomes({
    model: version.model,
    version: version.info.version,
    window,
  });
  const { f1, precision, recall } = scores(value);
  return {
    model: version.model,
    version: version.info.version,
    window,
    predictions: value.n,
    labelled: value.labelled,
    flagged_share: value.n === 0 ? null : value.flagged / value.n,
    f1: value.tp + value.fn === 0 ? null : f1,
    latency_p99_ms: value.latency_p99_ms,
    precision,
    recall,
  };
}

/** Area under the ROC curve over a version's labelled rows, from the ranks of their scores (Mann-Whitney). */
export async function measureAuc(database: ModelDatabase, version: string, at: number): Promise<number> {
  const [row] = await database.read(
    `WITH ranked AS (
       SELECT actual_label,
         rank() OVER (ORDER BY CASE WHEN prediction = 1 THEN confidence ELSE 1 - confidence END) AS r
       FROM PREDICTION_LOGS WHERE model_name = ? AND model_version = ? AND actual_label IS NOT NULL
         AND timestamp >= ?::TIMESTAMP AND timestamp < ?::TIMESTAMP)
     SELECT count_if(actual_label = 1) AS p, count_if(actual_label = 0) AS q,
       sum(CASE WHEN actual_label = 1 THEN r END) AS ranks FROM ranked`,
    [database.spec.model, version, iso(at - WINDOW_MS), iso(at)],
  );
  const { p, q, ranks } = row as { p: number; q: number; ranks: number | null };
  return p === 0 || q === 0 ? 0 : (ranks! - (p * (p + 1)) / 2) / (p * q);
}
