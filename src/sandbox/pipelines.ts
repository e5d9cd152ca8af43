import type { PipelineRun, PipelineRunRequest } from '../domain/platform.ts';
import { inForce } from './changes.ts';
import type { Database, Transaction } from './database.ts';
import { addQuality, addRuns, feedAt, HOUR_MS, loaded, measureBatch, runId } from './export.ts';
import { ProblemError } from './http/problem.ts';
import { type Clock, iso, type World } from './state.ts';
import { forgetTraffic, generate, rewriteStart } from './timeline.ts';
import { deliverLabels } from './traffic.ts';
import { PIPELINE } from './world.ts';

const second = (at: number) => Math.floor(at / 1000) * 1000;

/**
 * Loads a window again from the source: rows that are missing, doubled or without values become what the source has now. The
 * loader starts afresh, so what it did wrong ends. Idempotent by window: the same window again answers the first run.
 * @throws ProblemError 404 no such pipeline, 422 window out of range, or the source does not deliver
 */
export async function runPipeline(
  tx: Transaction,
  name: string,
  request: PipelineRunRequest,
  wallClock: number,
): Promise<PipelineRun> {
  if (name !== PIPELINE) {
    throw new ProblemError(404, 'No such pipeline', `expected pipeline "${PIPELINE}", got "${name}"`);
  }
  const now = second(wallClock);
  const { traffic } = tx.document<Clock>('clock')!;
  const from = rewriteStart('from', Date.parse(request.from), now);
  const to = Math.min(second(Date.parse(request.to)), traffic);
  if (to <= from) {
    throw new ProblemError(
      422,
      'Empty window',
      `to must lie after from, and traffic has come in until ${iso(traffic)}; got ${request.from} to ${request.to}`,
    );
  }
  const key = `pipeline-run/${iso(from)}/${iso(second(Date.parse(request.to)))}`;
  const known = tx.document<PipelineRun>(key);
  if (known) return known;

  const world = tx.document<World>('world')!;
  for (const [{ from: since, features }] of inForce(world.changes, 'gap', now)) {
    throw new ProblemError(
      422,
      'Source does not deliver',
      `${features.join(', ')} have had no values at the source since ${iso(since)}, so there is nothing to load again; try again when it answers`,
    );
  }
  // What is loaded now has neither gaps nor losses nor copies, whenever it was from.
  const healed = world.changes.filter(({ kind }) => kind !== 'gap' && kind !== 'loss' && kind !== 'copies');
  await forgetTraffic(tx, from, to);
  const { rows } = await generate(tx, { ...world, changes: healed }, from, to, now, 0);
  await deliverLabels(tx, now);
  const changes = world.changes.map((change) =>
    (change.kind === 'loss' || change.kind === 'copies') && change.to === null
      ? { ...change, to: now }
      : change,
  );
  const run = loaded(now, rows, feedAt(world, now));
  const run_id = `${runId(now)}-reload`;
  const message = `window ${iso(from)} to ${iso(to)} loaded again on request; ${run.message}`;
  await addRuns(tx, [{ ...run, run_id, message }]);
  await tx.put('world', {
    ...world,
    changes,
    touched: Math.min(world.touched ?? from, from),
    runs: [...world.runs, { ...run, run_id, message }],
  });
  const answer: PipelineRun = {
    run_id,
    pipeline: name,
    status: 'succeeded',
    from: iso(from),
    to: iso(to),
    records: rows,
    at: iso(now),
  };
  await tx.put(key, answer);
  return answer;
}

/** Measures the full hours of a window anew once it was loaded again, in place of what was reported of them. */
export async function measureAgain(database: Database, { from, to }: PipelineRun): Promise<void> {
  const world = database.document<World>('world')!;
  const { batches } = database.document<Clock>('clock')!;
  const first = (Math.floor(Date.parse(from) / HOUR_MS) + 1) * HOUR_MS;
  const last = Math.min(batches, Math.ceil(Date.parse(to) / HOUR_MS) * HOUR_MS);
  for (let hour = first; hour <= last; hour += HOUR_MS) {
    const measured = await measureBatch(database, world, hour);
    await database.write(async (tx) => {
      await tx.change(
        { table: 'DATA_QUALITY', from: hour, to: hour + 1 },
        'DELETE FROM DATA_QUALITY WHERE pipeline_name = ? AND timestamp = ?::TIMESTAMP',
        [PIPELINE, iso(hour)],
      );
      await addQuality(tx, [measured]);
    });
  }
}
