import type { Row } from '../warehouse/port.ts';
import type { Database, Transaction } from './database.ts';
import { measureAuc, measureDrift, measureOutcomes, ownWarehouse, WINDOW_MS } from './measure.ts';
import { iso, type World } from './state.ts';
import { activeVersion } from './versions.ts';
import { FEATURES, MODEL, PIPELINE } from './world.ts';

export const SOURCE = 'card-vendor-feed';
export const HOUR_MS = 3_600_000;

/** Adds the model's figures over the last hour to MODEL_METRICS. Nothing is written while no label is known. */
export async function exportMetrics(database: Database, at: number): Promise<void> {
  const warehouse = ownWarehouse(database);
  const version = activeVersion(database);
  const outcomes = await measureOutcomes(warehouse, version, at);
  if (outcomes.f1 === null) return;
  const drift = await measureDrift(warehouse, version, at);
  const auc = await measureAuc(database, version.info.version, at);
  const { f1, precision, recall, latency_p99_ms } = outcomes;
  const row = [iso(at), MODEL, f1, precision, recall, auc, drift.aggregate, latency_p99_ms];
  await database.write((tx) => tx.insert('MODEL_METRICS', [row]));
}

/** Batches of the pipeline, as the loader reports them. */
export async function addRuns(
  tx: Transaction,
  runs: readonly { at: number; rows: number; schemaVersion: string; message: string }[],
): Promise<void> {
  const id = (at: number) => `${PIPELINE}-${iso(at).replace(/\D/g, '').slice(0, 12)}`;
  const values = runs.map(({ at, rows, schemaVersion, message }) => [
    iso(at),
    PIPELINE,
    id(at),
    'success',
    rows,
    schemaVersion,
    SOURCE,
    message,
  ]);
  await tx.insert('PIPELINE_RUNS', values);
}

export async function addQuality(
  tx: Transaction,
  measured: readonly { at: number; rows: number; nullRate: number; violations: number }[],
): Promise<void> {
  const values = measured.map(({ at, rows, nullRate, violations }) => [
    iso(at),
    PIPELINE,
    nullRate,
    violations,
    rows,
    'ok',
  ]);
  await tx.insert('DATA_QUALITY', values);
}

export function loadedMessage(rows: number, release: string): string {
  return `loaded ${rows} records, ${FEATURES.length} fields mapped, 0 rejected; source release ${release}`;
}

/** Reports the batch of one full hour, measured on the logged rows, to PIPELINE_RUNS and DATA_QUALITY. */
export async function exportBatch(database: Database, hourEnd: number): Promise<void> {
  const window = { from: iso(hourEnd - HOUR_MS), to: iso(hourEnd) };
  const { value } = await ownWarehouse(database).batchQuality({ model: MODEL, window }, [...FEATURES]);
  if (value.record_count === 0) return;
  const { feed } = database.document<World>('world')!;
  await database.write(async (tx) => {
    const rows = await rowsSinceLastRun(tx, hourEnd);
    const message = loadedMessage(rows, feed.release);
    await addRuns(tx, [{ at: hourEnd, rows, schemaVersion: feed.schema_version, message }]);
    const nullRate = value.null_cells / value.cells;
    const violations = value.schema_violations;
    await addQuality(tx, [{ at: hourEnd, rows: value.record_count, nullRate, violations }]);
  });
}

/** Rows between the run before and `at`, but at most an hour's. */
export async function rowsSinceLastRun(tx: Transaction, at: number): Promise<number> {
  const [row]: Row[] = await tx.run(
    `SELECT count(*) AS n FROM PREDICTION_LOGS WHERE timestamp < ?::TIMESTAMP AND timestamp >= greatest(?::TIMESTAMP,
       coalesce((SELECT max(timestamp) FROM PIPELINE_RUNS WHERE timestamp < ?::TIMESTAMP), ?::TIMESTAMP))`,
    [iso(at), iso(at - WINDOW_MS), iso(at), iso(at - WINDOW_MS)],
  );
  return row!.n as number;
}
