import { trafficFactor } from './changes.ts';
import { INTERNAL_SCHEMA } from './database.ts';
import { ProblemError } from './http/problem.ts';
import type { ModelTransaction } from './model-database.ts';
import { Servers } from './servers.ts';
import { type Clock, type Deployments, iso, type Stream, type World } from './state.ts';
import { everyArrival, FULL_LOG_MS, logTraffic } from './traffic.ts';
import { activeVersion, versionOf } from './versions.ts';
import { rateAt } from './world.ts';

const HOUR_MS = 3_600_000;
/** Older traffic than this is not drawn again. */
export const MAX_REWRITE_MS = 6 * HOUR_MS;
/** Of rewritten traffic that retention would have thinned by now, one row in this many is drawn. */
const SAMPLED_ONE_IN = 20;

const second = (at: number) => Math.floor(at / 1000) * 1000;

/** A moment that traffic can be drawn again from, as a whole second. @throws ProblemError 422 */
export function rewriteStart(field: string, at: number, now: number): number {
  const start = second(at);
  if (start >= now || start < now - MAX_REWRITE_MS) {
    throw new ProblemError(
      422,
      'Time out of range',
      `${field} must lie in the past and at most 6 hours back, got ${iso(start)} at ${iso(now)}`,
    );
  }
  return start;
}

/** The streams of a world whose traffic is drawn afresh from `start` to `now`, and goes on live from there. */
export function restream(
  world: World,
  start: number,
  now: number,
  live: { rate: number; origin: number },
): World {
  const full = Math.max(start, Math.ceil((now - FULL_LOG_MS) / HOUR_MS) * HOUR_MS);
  const name = `rewrite-${world.rewrites}`;
  const drawn = { name, origin: start, rate: world.base, weight: 1 };
  const sampled: Stream[] =
    start < full
      ? [{ ...drawn, from: start, rate: world.base / SAMPLED_ONE_IN, weight: SAMPLED_ONE_IN }]
      : [];
  const before = world.streams.filter(({ from }) => from < start);
  return {
    ...world,
    rewrites: world.rewrites + 1,
    touched: Math.min(world.touched ?? start, start),
    streams: [
      ...before,
      ...sampled,
      { ...drawn, from: full },
      { ...live, from: now, name: 'live', weight: 1 },
    ],
  };
}

/** How many transactions a logged row of a time stands for. */
export function weightAt({ streams }: World, at: number): number {
  return streams.findLast(({ from }) => from <= at)?.weight ?? 1;
}

/**
 * Draws and logs the traffic of from ≤ t < to (whole seconds), each second from the stream it belongs to, scored by the version
 * that served then, on servers before which `queue` requests wait. Answers what came in, and how many wait in the end.
 */
export async function generate(
  tx: ModelTransaction,
  world: World,
  from: number,
  to: number,
  now: number,
  queue: number,
): Promise<{ rows: number; positives: number; queue: number }> {
  const deployments = tx
    .document<Deployments>('deployments')!
    .map(({ at, to }) => ({ from: Math.ceil(Date.parse(at) / 1000) * 1000, version: to }));
  const starts = [...world.streams, ...deployments].map((one) => one.from);
  const cuts = [...new Set([from, ...starts.filter((at) => at > from && at < to)])].sort((a, b) => a - b);
  const servers = new Servers(world, from, queue);
  const total = { rows: 0, positives: 0 };
  for (const [i, start] of cuts.entries()) {
    const stream = world.streams.findLast((one) => one.from <= start) ?? world.streams[0]!;
    const serving = deployments.findLast((one) => one.from <= start);
    const { info, classifier, profile } = (serving && versionOf(tx, serving.version)) ?? activeVersion(tx);
    const end = cuts[i + 1] ?? to;
    const rate = (at: number) => rateAt(stream.rate, at) * trafficFactor(world.changes, at);
    const changes = world.changes.filter((one) => one.from < end && (one.to === null || one.to > start));
    const logged = await logTraffic(
      tx,
      everyArrival(world.seed, stream.name, stream.origin, start, end, rate),
      {
        version: info.version,
        classifier,
        changes,
        labelDelayMs: world.labelDelayMs,
        now,
        servers: (at) => servers.advance(at, profile),
      },
    );
    servers.advance(end, profile);
    total.rows += logged.rows;
    total.positives += logged.positives;
  }
  return { ...total, queue: servers.queue };
}

const REPORTS = ['MODEL_METRICS', 'DATA_QUALITY', 'PIPELINE_RUNS'] as const;
const DURING = 'timestamp >= ?::TIMESTAMP AND timestamp < ?::TIMESTAMP';

/** Removes what was logged of the model in from ≤ t < to. */
export async function forgetTraffic(tx: ModelTransaction, from: number, to: number): Promise<void> {
  await forget(tx, 'PREDICTION_LOGS', from, to);
  await tx.run(`DELETE FROM ${INTERNAL_SCHEMA}.labels_due WHERE ${DURING} AND model = ?`, [
    iso(from),
    iso(to),
    tx.spec.model,
  ]);
}

async function forget(
  tx: ModelTransaction,
  table: (typeof REPORTS)[number] | 'PREDICTION_LOGS',
  from: number,
  to: number,
): Promise<void> {
  const { model, pipeline } = tx.spec;
  const [column, name] =
    table === 'DATA_QUALITY' || table === 'PIPELINE_RUNS'
      ? ['pipeline_name', pipeline]
      : ['model_name', model];
  await tx.change({ table, from, to }, `DELETE FROM ${table} WHERE ${DURING} AND ${column} = ?`, [
    iso(from),
    iso(to),
    name!,
  ]);
}

/**
 * Replaces all traffic of the model since a time by that of the world given, with true timestamps, and removes what was
 * reported since.
 * Stores the world.
 */
export async function rewrite(
  tx: ModelTransaction,
  world: World,
  start: number,
  now: number,
  liveRate = world.base,
): Promise<{ rows: number; positives: number }> {
  const clock = tx.document<Clock>('clock')!;
  await forgetTraffic(tx, start, now + HOUR_MS);
  for (const table of REPORTS) await forget(tx, table, start, now + HOUR_MS);
  const streamed = restream(world, start, now, { rate: liveRate, origin: clock.seeded });
  const { queue, ...logged } = await generate(tx, streamed, start, now, now, 0);
  await tx.put('world', streamed);
  await tx.put('clock', { ...clock, traffic: now, queue });
  return logged;
}
