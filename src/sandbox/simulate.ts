import { z } from 'zod';
import type { Database, Transaction } from './database.ts';
import { INTERNAL_SCHEMA } from './database.ts';
import { addRuns, exportBatch, exportMetrics, HOUR_MS, loadedMessage, rowsSinceLastRun } from './export.ts';
import { ProblemError } from './http/problem.ts';
import { WINDOW_MS } from './measure.ts';
import {
  type Clock,
  type Deployments,
  iso,
  type Slots,
  type StoredVersion,
  TRAINING_OUTCOMES,
  type World,
} from './state.ts';
import { everyArrival, logTraffic } from './traffic.ts';
import { activeVersion, slotsOf, versionOf } from './versions.ts';
import { FEATURES } from './world.ts';

/** The release that the seeded history ends with, and that a reset goes back to. */
export const SEEDED_FEED = { schema_version: '7.2', release: '2026.10.1' };
/** The version that a reset puts back. */
export const SEEDED_VERSION = 'v2';
const MAX_REWRITE_MS = 6 * HOUR_MS;

const Affine = z.strictObject({ scale: z.number().default(1), shift: z.number().default(0) });

/** `POST /simulate/upstream_change`. The default is the change of design §10. */
export const UpstreamChange = z.strictObject({
  features: z
    .partialRecord(z.enum(FEATURES as [string, ...string[]]), Affine)
    .refine((features) => Object.keys(features).length > 0, 'name at least one feature')
    .default({ V14: { scale: 1.16, shift: 1.05 }, V17: { scale: 1.16, shift: 0.89 } }),
  /** Default: one window (an hour) ago. */
  start: z.iso.datetime().optional(),
  rows_per_second: z.number().min(0.1).max(200).optional(),
  /** The same for traffic from now on, when labels of a new version should gather sooner than they otherwise would. */
  live_rows_per_second: z.number().min(0.1).max(500).optional(),
  /** Seconds until a prediction's label is known. */
  label_delay: z.number().min(0).max(86_400).optional(),
  /** Share of the traffic that is affected. */
  share: z.number().gt(0).max(1).default(1),
});
export type UpstreamChange = z.output<typeof UpstreamChange>;

/** `POST /simulate/training`: what training jobs accepted from now on will do. */
export const TrainingSetting = z.strictObject({ outcome: z.enum(TRAINING_OUTCOMES) });

export interface Rewritten {
  started_at: string;
  until: string;
  rows: number;
  positives: number;
  active_version: string;
}

/** Removes what was logged and reported since a time. */
async function forget(tx: Transaction, start: number): Promise<void> {
  const tables = [
    `${INTERNAL_SCHEMA}.labels_due`,
    'PREDICTION_LOGS',
    'MODEL_METRICS',
    'DATA_QUALITY',
    'PIPELINE_RUNS',
  ];
  for (const table of tables)
    await tx.run(`DELETE FROM ${table} WHERE timestamp >= ?::TIMESTAMP`, [iso(start)]);
}

/** Replaces all traffic since a time by traffic of the world as it is now, with true timestamps, scored by `version`. */
async function rewrite(
  tx: Transaction,
  world: World,
  version: StoredVersion,
  start: number,
  now: number,
): Promise<{ rows: number; positives: number }> {
  await forget(tx, start);
  const arrivals = everyArrival(world.seed, `rewrite-${world.rewrites}`, start, start, now, world.base);
  const logged = await logTraffic(tx, arrivals, {
    version: version.info.version,
    classifier: version.classifier,
    changes: world.changes,
    labelDelayMs: world.labelDelayMs,
    now,
  });
  await tx.put('world', { ...world, rewrites: world.rewrites + 1 });
  await tx.put('clock', { ...tx.document<Clock>('clock')!, traffic: now });
  return logged;
}

/** The reports that a rewritten time would have had: each full hour's batch, and the metrics at each hour and now. */
async function report(database: Database, start: number, now: number): Promise<void> {
  for (let hour = Math.ceil(start / HOUR_MS) * HOUR_MS; hour <= now; hour += HOUR_MS) {
    await exportBatch(database, hour);
    await exportMetrics(database, hour);
  }
  await exportMetrics(database, now);
  await database.write((tx) =>
    tx.put('clock', {
      ...tx.document<Clock>('clock')!,
      batches: Math.floor(now / HOUR_MS) * HOUR_MS,
      metrics: now,
    }),
  );
}

function nextFeed(feed: World['feed']): World['feed'] {
  const raise = (version: string) => version.replace(/\d+$/, (last) => String(Number(last) + 1));
  return { schema_version: raise(feed.schema_version), release: raise(feed.release) };
}

/** The vendor changes its features from `start` on; what was logged since then is replaced. */
export async function simulateUpstreamChange(
  database: Database,
  request: UpstreamChange,
  wallClock: number,
): Promise<Rewritten> {
  const now = Math.floor(wallClock / 1000) * 1000;
  const start = Math.floor((request.start ? Date.parse(request.start) : now - WINDOW_MS) / 1000) * 1000;
  if (start >= now || start < now - MAX_REWRITE_MS) {
    throw new ProblemError(
      422,
      'Start out of range',
      `start must lie in the past and at most 6 hours back, got ${iso(start)} at ${iso(now)}`,
    );
  }
  const result = await database.write(async (tx) => {
    const before = tx.document<World>('world')!;
    const features = Object.fromEntries(
      Object.entries(request.features).map(([name, change]) => [name, change!]),
    );
    const world: World = {
      ...before,
      base: request.rows_per_second ?? before.base,
      live: request.live_rows_per_second ?? null,
      labelDelayMs: (request.label_delay ?? before.labelDelayMs / 1000) * 1000,
      changes: [...before.changes, { from: start, to: null, share: request.share, features }],
      feed: nextFeed(before.feed),
    };
    const version = activeVersion(tx);
    const logged = await rewrite(tx, world, version, start, now);
    const rows = await rowsSinceLastRun(tx, start);
    const message = `session reopened by source; ${loadedMessage(rows, world.feed.release)}`;
    await addRuns(tx, [{ at: start, rows, schemaVersion: world.feed.schema_version, message }]);
    return { started_at: iso(start), until: iso(now), ...logged, active_version: version.info.version };
  });
  await report(database, start, now);
  return result;
}

/** Back to the seeded state: healthy traffic since the first change, v2 live, training works. Later versions stay on record. */
export async function reset(database: Database, wallClock: number): Promise<Rewritten> {
  const now = Math.floor(wallClock / 1000) * 1000;
  const first = Math.min(...database.document<World>('world')!.changes.map(({ from }) => from), now - 1000);
  const start = Math.max(first, now - MAX_REWRITE_MS);
  const result = await database.write(async (tx) => {
    const version = versionOf(tx, SEEDED_VERSION)!;
    await tx.put('training-outcome', 'works');
    const slots = slotsOf(tx);
    const active = slots[slots.active];
    if (active !== SEEDED_VERSION) {
      await tx.put('slots', { blue: null, green: SEEDED_VERSION, active: 'green' } satisfies Slots);
      await tx.put('deployments', [
        ...tx.document<Deployments>('deployments')!,
        {
          at: iso(now),
          kind: 'deploy',
          from: active,
          to: SEEDED_VERSION,
          by: 'sandbox',
          incident: null,
          reason: 'back to the seeded state',
        },
      ]);
    }
    const before = tx.document<World>('world')!;
    const world = { ...before, ...before.healthy, live: null, changes: [], feed: SEEDED_FEED };
    const logged = await rewrite(tx, world, version, start, now);
    return { started_at: iso(start), until: iso(now), ...logged, active_version: SEEDED_VERSION };
  });
  await report(database, start, now);
  return result;
}
