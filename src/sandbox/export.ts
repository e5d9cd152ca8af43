import type { Row } from '../warehouse/port.ts';
import { inForce } from './changes.ts';
import type { Transaction } from './database.ts';
import { measureAuc, measureDrift, measureOutcomes, ownWarehouse, WINDOW_MS } from './measure.ts';
import type { ModelDatabase, ModelTransaction } from './model-database.ts';
import type { ModelSpec } from './models.ts';
import { type Feed, iso, type Run, type World } from './state.ts';
import { weightAt } from './timeline.ts';
import { versionAt } from './versions.ts';

export const HOUR_MS = 3_600_000;
/** A run that failed is repeated after this. */
const RETRY_MS = 15 * 60_000;
/** How long a load takes at least. */
const LOAD_MS = 20_000;

/** Adds the model's figures over the last hour to MODEL_METRICS. Nothing is written while no label is known. */
export async function exportMetrics(database: ModelDatabase, at: number): Promise<void> {
  const warehouse = ownWarehouse(database);
  const version = versionAt(database, at);
  const outcomes = await measureOutcomes(warehouse, version, at);
  if (outcomes.f1 === null) return;
  const drift = await measureDrift(warehouse, version, at);
  const auc = await measureAuc(database, version.info.version, at);
  const { f1, precision, recall, latency_p99_ms } = outcomes;
  const row = [iso(at), database.spec.model, f1, precision, recall, auc, drift.aggregate, latency_p99_ms];
  await database.write((tx) => tx.insert('MODEL_METRICS', [row]));
}

export function runId(pipeline: string, at: number): string {
  return `${pipeline}-${iso(at).replace(/\D/g, '').slice(0, 14)}`;
}

/** Runs of a pipeline, as its loader reports them. */
export async function addRuns(
  tx: Transaction,
  { pipeline, source }: { pipeline: string; source: string },
  runs: readonly Run[],
): Promise<void> {
  const values = runs.map(({ at, run_id, status, rows, schema_version, message }) => [
    iso(at),
    pipeline,
    run_id,
    status,
    rows,
    schema_version,
    source,
    message,
  ]);
  await tx.insert('PIPELINE_RUNS', values);
}

/** A run that loaded what came in, under the feed of its time. */
export function loaded(
  { pipeline, features }: Pick<ModelSpec, 'pipeline' | 'features'>,
  at: number,
  rows: number,
  feed: Pick<Feed, 'schema_version' | 'release'>,
): Run {
  const message = `loaded ${rows} records, ${features.length} fields mapped, 0 rejected; source release ${feed.release}`;
  return {
    at,
    run_id: runId(pipeline, at),
    status: 'success',
    rows,
    schema_version: feed.schema_version,
    message,
  };
}

export function feedAt({ feeds }: Pick<World, 'feeds'>, at: number): Feed {
  return feeds.findLast(({ from }) => from <= at) ?? feeds[0]!;
}

export async function addQuality(
  tx: ModelTransaction,
  measured: readonly { at: number; rows: number; nullRate: number; violations: number }[],
): Promise<void> {
  const values = measured.map(({ at, rows, nullRate, violations }) => [
    iso(at),
    tx.spec.pipeline,
    nullRate,
    violations,
    rows,
    'ok',
  ]);
  await tx.insert('DATA_QUALITY', values);
}

function raise(version: string): string {
  return version.replace(/\d+$/, (last) => String(Number(last) + 1));
}

/** The feed after a release of the source that comes at `from`. */
export function nextFeed({ schema_version, release }: Feed, from: number): Feed {
  return { from, schema_version: raise(schema_version), release: raise(release) };
}

/**
 * Reports the batch of one full hour, measured on the logged rows, to PIPELINE_RUNS and DATA_QUALITY. A batch that the loader did not
 * get through is not reported here.
 */
export async function exportBatch(database: ModelDatabase, hourEnd: number): Promise<void> {
  const world = database.document<World>('world')!;
  const last = hourEnd - 1;
  if (!inForce(world.changes, 'loss', last).next().done) return;
  const measured = await measureBatch(database, world, hourEnd);
  if (measured.rows === 0) return;
  await database.write(async (tx) => {
    const run = loaded(tx.spec, hourEnd, await rowsSinceLastRun(tx, world, hourEnd), feedAt(world, hourEnd));
    for (const [{ from, features, pipeline }] of inForce(world.changes, 'gap', last)) {
      if (pipeline) continue;
      run.message += `; enrichment service: no answer since ${iso(from).slice(11, 16)}, left empty: ${features.join(', ')}`;
    }
    const runs = [run];
    for (const [{ times }] of inForce(world.changes, 'copies', last)) {
      for (let again = 1; again < times; again++) runs.push({ ...run, at: hourEnd + again * LOAD_MS });
    }
    await addRuns(tx, tx.spec, runs);
    await addQuality(tx, [measured]);
  });
}

/** What the log shows of one full hour. */
export async function measureBatch(database: ModelDatabase, world: World, hourEnd: number) {
  const window = { from: iso(hourEnd - HOUR_MS), to: iso(hourEnd) };
  const { value } = await ownWarehouse(database).batchQuality(
    { model: database.spec.model, window },
    [...database.spec.features],
    {},
  );
  const weight = weightAt(world, hourEnd - 1);
  return {
    at: hourEnd,
    rows: value.record_count * weight,
    nullRate: value.cells === 0 ? 0 : value.null_cells / value.cells,
    violations: value.schema_violations * weight,
  };
}

/** What a failing loader reports of its attempts, from ≤ t < to. */
export function failedRuns({ pipeline }: ModelSpec, world: World, from: number, to: number): Run[] {
  const runs: Run[] = [];
  for (const change of world.changes) {
    if (change.kind !== 'loss' || !change.reported) continue;
    for (let at = change.from + LOAD_MS; at < Math.min(to, change.to ?? to); at += RETRY_MS) {
      if (at < from) continue;
      const attempt = Math.round((at - change.from) / RETRY_MS) + 1;
      const message = `attempt ${attempt}: COPY INTO staging timed out after ${LOAD_MS / 1000} s, lock held by another session; rolled back`;
      const { schema_version } = feedAt(world, at);
      runs.push({ at, run_id: runId(pipeline, at), status: 'failed', rows: 0, schema_version, message });
    }
  }
  return runs;
}

/** Rows loaded since the run before `at`, but at most an hour's. */
export async function rowsSinceLastRun(tx: ModelTransaction, world: World, at: number): Promise<number> {
  const [row]: Row[] = await tx.run(
    `SELECT count(DISTINCT prediction_id) AS n FROM PREDICTION_LOGS WHERE model_name = ? AND timestamp < ?::TIMESTAMP AND timestamp >= greatest(?::TIMESTAMP,
       coalesce((SELECT max(timestamp) FROM PIPELINE_RUNS WHERE pipeline_name = ? AND timestamp < ?::TIMESTAMP AND status = 'success'), ?::TIMESTAMP))`,
    [tx.spec.model, iso(at), iso(at - WINDOW_MS), tx.spec.pipeline, iso(at), iso(at - WINDOW_MS)],
  );
  return (row!.n as number) * weightAt(world, at - 1);
}
