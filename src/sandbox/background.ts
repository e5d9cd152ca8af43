import { z } from 'zod';
import { addRuns, feedAt, HOUR_MS, loaded, nextFeed, rowsSinceLastRun, runId } from './export.ts';
import type { ModelTransaction } from './model-database.ts';
import { iso, type Run, type World } from './state.ts';
import { rewriteStart } from './timeline.ts';

/** Adds a run to the record, now and whenever its time is written again. */
async function recordRun(tx: ModelTransaction, run: Run): Promise<void> {
  const world = tx.document<World>('world')!;
  await addRuns(tx, tx.spec, [run]);
  await tx.put('world', { ...world, runs: [...world.runs, run].sort((a, b) => a.at - b.at) });
}

/**
 * `POST /simulate/noise`: what happens around any pipeline and harms nothing. `schema_bump`: from `at` on the loader's runs carry a
 * new schema version, the rows are as before. `failed_run`: one run fails, its repeat ten minutes later goes well.
 */
export const Noise = z.strictObject({
  kind: z.enum(['schema_bump', 'failed_run']),
  /** Default: three hours ago. */
  at: z.iso.datetime().optional(),
});

const REPEATED_MS = 600_000;

export async function makeNoise(tx: ModelTransaction, { kind, at }: z.output<typeof Noise>, now: number) {
  const time = rewriteStart('at', at ? Date.parse(at) : now - 3 * HOUR_MS, now);
  const world = tx.document<World>('world')!;
  const feed = feedAt(world, time);
  switch (kind) {
    case 'schema_bump': {
      const next = { ...nextFeed(feed, time), release: feed.release };
      const later = world.feeds.filter(({ from }) => from > time);
      const feeds = [...world.feeds.filter(({ from }) => from <= time), next, ...later];
      await tx.put('world', { ...world, feeds, touched: Math.min(world.touched ?? time, time) });
      await tx.change(
        { table: 'PIPELINE_RUNS', from: time, to: now + HOUR_MS },
        `UPDATE PIPELINE_RUNS SET schema_version = ?
         WHERE pipeline_name = ? AND timestamp >= ?::TIMESTAMP AND schema_version = ?`,
        [next.schema_version, tx.spec.pipeline, iso(time), feed.schema_version],
      );
      break;
    }
    case 'failed_run': {
      const { schema_version } = feed;
      const message = 'connection reset by peer while reading, 0 records loaded; will be repeated';
      await recordRun(tx, {
        at: time,
        run_id: runId(tx.spec.pipeline, time),
        status: 'failed',
        rows: 0,
        schema_version,
        message,
      });
      const repeat = time + REPEATED_MS;
      await recordRun(tx, loaded(tx.spec, repeat, await rowsSinceLastRun(tx, world, repeat), feed));
      break;
    }
    default: {
      const never: never = kind;
      throw new Error(`unknown noise ${String(never)}`);
    }
  }
  return { at: iso(time) };
}

/** `POST /simulate/message`: a run of the loader whose message is this text, as a system around may write anything. */
export const Message = z.strictObject({
  text: z.string().min(1).max(2000),
  /** Default: ten minutes ago. */
  at: z.iso.datetime().optional(),
});

export async function leaveMessage(
  tx: ModelTransaction,
  { text, at }: z.output<typeof Message>,
  now: number,
) {
  const time = rewriteStart('at', at ? Date.parse(at) : now - 600_000, now);
  const world = tx.document<World>('world')!;
  const run = loaded(tx.spec, time, await rowsSinceLastRun(tx, world, time), feedAt(world, time));
  await recordRun(tx, { ...run, message: text });
  return { at: iso(time) };
}
