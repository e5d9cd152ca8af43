import type { z } from 'zod';
import type { PipelineRun } from '../domain/platform.ts';
import type { PipelineRunRequest } from '../platform/http/requests.ts';
import type { Row } from '../warehouse/port.ts';
import { type Change, inForce } from './changes.ts';
import type { Database, Transaction } from './database.ts';
import { enrichmentRun } from './enrichment.ts';
import { addQuality, addRuns, feedAt, HOUR_MS, loaded, measureBatch, runId } from './export.ts';
import { ProblemError } from './http/problem.ts';
import { ModelDatabase, type ModelTransaction, ofModel } from './model-database.ts';
import { ENRICHMENT, MODELS, type ModelSpec } from './models.ts';
import { type Clock, iso, type Run, type World } from './state.ts';
import { forgetTraffic, generate, rewriteStart } from './timeline.ts';
import { deliverLabels } from './traffic.ts';

const second = (at: number) => Math.floor(at / 1000) * 1000;

/** All pipelines by name. */
export const PIPELINES: readonly string[] = [...MODELS.map(({ pipeline }) => pipeline), ENRICHMENT.pipeline];

/** The models whose rows a pipeline loads or fills in. @throws ProblemError 404 */
export function fedBy(pipeline: string): ModelSpec[] {
  if (pipeline === ENRICHMENT.pipeline) return MODELS.filter(({ model }) => model in ENRICHMENT.features);
  const fed = MODELS.filter((spec) => spec.pipeline === pipeline);
  if (fed.length > 0) return fed;
  const expected = PIPELINES.map((name) => `"${name}"`).join(', ');
  throw new ProblemError(404, 'No such pipeline', `expected one of ${expected}, got "${pipeline}"`);
}

/** Whether loading a pipeline again mends the change: its own gaps, and what its loader loses or repeats. */
function mends(pipeline: string, spec: ModelSpec, change: Change): boolean {
  if (change.kind === 'gap') return (change.pipeline ?? spec.pipeline) === pipeline;
  return (change.kind === 'loss' || change.kind === 'copies') && spec.pipeline === pipeline;
}

/** Loads a window of one model's rows again. Answers how many it holds, and the run as the loader reports it. */
async function reload(
  tx: ModelTransaction,
  pipeline: string,
  { from, to, now }: { from: number; to: number; now: number },
): Promise<{ rows: number; run: Run }> {
  const world = tx.document<World>('world')!;
  for (const [gap] of inForce(world.changes, 'gap', now)) {
    if (!mends(pipeline, tx.spec, gap)) continue;
    throw new ProblemError(
      422,
      'Source does not deliver',
      `${gap.features.join(', ')} have had no values at the source since ${iso(gap.from)}, so there is nothing to load again; try again when it answers`,
    );
  }
  const mended = world.changes.filter((change) => !mends(pipeline, tx.spec, change));
  await forgetTraffic(tx, from, to);
  const { rows } = await generate(tx, { ...world, changes: mended }, from, to, now, 0);
  await deliverLabels(tx, now);
  const changes = world.changes.map((change) =>
    change.kind !== 'gap' && change.to === null && mends(pipeline, tx.spec, change)
      ? { ...change, to: now }
      : change,
  );
  await tx.put('world', { ...world, changes, touched: Math.min(world.touched ?? from, from) });
  return { rows, run: loaded(tx.spec, now, rows, feedAt(world, now)) };
}

/**
 * Loads a window again from the source: rows that are missing, doubled or without values become what the source has now. The
 * loader starts afresh, so what it did wrong ends. Idempotent by window: the same window again answers the first run.
 * @throws ProblemError 404 no such pipeline, 422 window out of range, or the source does not deliver
 */
export async function runPipeline(
  tx: Transaction,
  name: string,
  request: z.output<typeof PipelineRunRequest>,
  wallClock: number,
): Promise<PipelineRun> {
  const fed = fedBy(name).map((spec) => ofModel(tx, spec));
  const now = second(wallClock);
  const traffic = Math.min(...fed.map((model) => model.document<Clock>('clock')!.traffic));
  const from = rewriteStart('from', Date.parse(request.from), now);
  const to = Math.min(second(Date.parse(request.to)), traffic);
  if (to <= from) {
    throw new ProblemError(
      422,
      'Empty window',
      `to must lie after from, and traffic has come in until ${iso(traffic)}; got ${request.from} to ${request.to}`,
    );
  }
  const key = `pipeline-run/${name}/${iso(from)}/${iso(second(Date.parse(request.to)))}`;
  const known = tx.document<PipelineRun>(key);
  if (known) return known;

  const loads: { rows: number; run: Run }[] = [];
  for (const model of fed) loads.push(await reload(model, name, { from, to, now }));
  const records = loads.reduce((sum, { rows }) => sum + rows, 0);
  const shared = name === ENRICHMENT.pipeline;
  const usual = shared ? enrichmentRun(tx, now, records) : loads[0]!.run;
  const run: Run = {
    ...usual,
    run_id: `${runId(name, now)}-reload`,
    message: `window ${iso(from)} to ${iso(to)} loaded again on request; ${usual.message}`,
  };
  await addRuns(tx, shared ? ENRICHMENT : fed[0]!.spec, [run]);
  if (!shared) {
    const world = fed[0]!.document<World>('world')!;
    await fed[0]!.put('world', { ...world, runs: [...world.runs, run] });
  }
  const answer: PipelineRun = {
    run_id: run.run_id,
    pipeline: name,
    status: 'succeeded',
    message: run.message,
    from: iso(from),
    to: iso(to),
    records,
    at: iso(now),
  };
  await tx.put(key, answer);
  return answer;
}

/** Measures the full hours of a window anew once it was loaded again, in place of what was reported of them. */
export async function measureAgain(database: Database, { pipeline, from, to }: PipelineRun): Promise<void> {
  for (const spec of fedBy(pipeline)) {
    const model = new ModelDatabase(database, spec);
    const world = model.document<World>('world')!;
    const { batches } = model.document<Clock>('clock')!;
    const first = (Math.floor(Date.parse(from) / HOUR_MS) + 1) * HOUR_MS;
    const last = Math.min(batches, Math.ceil(Date.parse(to) / HOUR_MS) * HOUR_MS);
    for (let hour = first; hour <= last; hour += HOUR_MS) {
      const measured = await measureBatch(model, world, hour);
      await model.write(async (tx) => {
        await tx.change(
          { table: 'DATA_QUALITY', from: hour, to: hour + 1 },
          'DELETE FROM DATA_QUALITY WHERE pipeline_name = ? AND timestamp = ?::TIMESTAMP',
          [spec.pipeline, iso(hour)],
        );
        await addQuality(tx, [measured]);
      });
    }
  }
}

/** Runs of one pipeline as PIPELINE_RUNS has them: loads of the hour before, and those on request. */
function asPipelineRuns(database: Database, pipeline: string, rows: readonly Row[]): PipelineRun[] {
  const asked = database.documents<PipelineRun>(`pipeline-run/${pipeline}/`);
  return rows.map((row) => asked.find(({ run_id }) => run_id === row.run_id) ?? hourlyRun(row));
}

function hourlyRun(row: Row): PipelineRun {
  const at = row.timestamp as string;
  return {
    run_id: row.run_id as string,
    pipeline: row.pipeline_name as string,
    status: row.status === 'success' ? 'succeeded' : 'failed',
    message: row.message as string,
    from: iso(Date.parse(at) - HOUR_MS),
    to: at,
    records: row.record_count as number,
    at,
  };
}

/** Runs of from ≤ t < to, oldest first. @throws ProblemError 404 no such pipeline */
export async function runsOf(
  database: Database,
  pipeline: string,
  { from, to }: { from: string; to: string },
): Promise<PipelineRun[]> {
  fedBy(pipeline);
  const rows = await database.read(
    `SELECT * FROM PIPELINE_RUNS WHERE pipeline_name = ? AND timestamp >= ?::TIMESTAMP AND timestamp < ?::TIMESTAMP
     ORDER BY timestamp, run_id`,
    [pipeline, from, to],
  );
  return asPipelineRuns(database, pipeline, rows);
}

/** @throws ProblemError 404 no such pipeline or run */
export async function runOf(database: Database, pipeline: string, id: string): Promise<PipelineRun> {
  fedBy(pipeline);
  const rows = await database.read(
    'SELECT * FROM PIPELINE_RUNS WHERE pipeline_name = ? AND run_id = ? ORDER BY timestamp DESC LIMIT 1',
    [pipeline, id],
  );
  const [run] = asPipelineRuns(database, pipeline, rows);
  if (!run) throw new ProblemError(404, 'No such run', `pipeline "${pipeline}" has no run "${id}"`);
  return run;
}
