import { z } from 'zod';
import type { Change } from './changes.ts';
import type { Database } from './database.ts';
import { enrichmentOf, exportEnrichment, HEALTHY_ENRICHMENT, putEnrichment } from './enrichment.ts';
import {
  addRuns,
  exportBatch,
  exportMetrics,
  failedRuns,
  feedAt,
  HOUR_MS,
  loaded,
  nextFeed,
  rowsSinceLastRun,
} from './export.ts';
import type { Fault, Plan } from './faults/fault.ts';
import type { ModelDatabase, ModelTransaction } from './model-database.ts';
import { deployRelease, trainRelease } from './release.ts';
import {
  type Clock,
  type Deployments,
  iso,
  type Run,
  type Slots,
  TRAINING_OUTCOMES,
  type World,
} from './state.ts';
import { MAX_REWRITE_MS, rewrite, rewriteStart } from './timeline.ts';
import { slotsOf } from './versions.ts';

/** The release that the seeded history ends with, and that a reset goes back to. */
export const SEEDED_FEED = { schema_version: '7.2', release: '2026.10.1' };
/** The version that a reset puts back. */
export const SEEDED_VERSION = 'v2';
/** The servers that a reset puts back. */
export const SEEDED_REPLICAS = 3;
const REPEATED_MS = 20_000;

/** `POST /simulate/training`: what training jobs accepted from now on will do. */
export const TrainingSetting = z.strictObject({ outcome: z.enum(TRAINING_OUTCOMES) });

export interface Rewritten {
  started_at: string;
  until: string;
  rows: number;
  positives: number;
  active_version: string;
}

/** The reports that a rewritten time would have had: each full hour's batch, and the metrics at each hour and now. */
async function report(database: ModelDatabase, start: number, now: number): Promise<void> {
  for (let hour = Math.ceil(start / HOUR_MS) * HOUR_MS; hour <= now; hour += HOUR_MS) {
    await exportBatch(database, hour);
    await exportMetrics(database, hour);
  }
  await exportMetrics(database, now);
  await database.write(async (tx) => {
    const world = tx.document<World>('world')!;
    const recorded = world.runs.filter(({ at }) => at >= start);
    await addRuns(tx, tx.spec, [...recorded, ...failedRuns(tx.spec, world, start, now)]);
    const clock = tx.document<Clock>('clock')!;
    await tx.put('clock', { ...clock, batches: Math.floor(now / HOUR_MS) * HOUR_MS, metrics: now });
  });
}

/** The runs that a plan puts on record at its start, once the traffic around it is there. */
async function runsAtStart(tx: ModelTransaction, world: World, plan: Plan, start: number): Promise<Run[]> {
  const { sourceRelease, loads } = plan;
  if (sourceRelease === undefined && loads === undefined) return [];
  // On the hour there is that hour's own run.
  const at = start % HOUR_MS === 0 ? start + 1000 : start;
  const run = loaded(tx.spec, at, await rowsSinceLastRun(tx, world, at), feedAt(world, at));
  if (sourceRelease !== undefined) run.message = `${sourceRelease}; ${run.message}`;
  return Array.from({ length: loads ?? 1 }, (_, i) => ({ ...run, at: at + i * REPEATED_MS }));
}

/** Brings a fault into a model's world from its start on; what was logged since then is replaced. @throws ProblemError 422 */
export async function simulate<T>(
  database: ModelDatabase,
  fault: Fault<T>,
  parameters: ReturnType<Fault<T>['parameters']['parse']>,
  wallClock: number,
  shared = false,
): Promise<Rewritten> {
  const now = Math.floor(wallClock / 1000) * 1000;
  const asked = parameters.start ? Date.parse(parameters.start) : now - fault.minutesAgo * 60_000;
  const start = rewriteStart('start', asked, now);
  const plan = fault.plan(parameters);
  const version = plan.release && (await trainRelease(database, plan.release, start));
  const result = await database.write(async (tx) => {
    if (version) await deployRelease(tx, version, plan.release!.reason, start);
    const before = tx.document<World>('world')!;
    const base = parameters.rows_per_second ?? before.base;
    const changes = (plan.changes ?? []).map((change) => ({ to: null, ...change, from: start }) as Change);
    const feeds = before.feeds.filter(({ from }) => from <= start);
    const changed: World = {
      ...before,
      base,
      labelDelayMs: Math.round((parameters.label_delay ?? before.labelDelayMs / 1000) * 1000),
      changes: [...before.changes, ...changes],
      feeds: plan.sourceRelease && !shared ? [...feeds, nextFeed(feeds.at(-1)!, start)] : before.feeds,
    };
    const { rows, positives } = await rewrite(tx, changed, start, now, parameters.live_rows_per_second);
    const world = tx.document<World>('world')!;
    const runs = [...world.runs, ...(shared ? [] : await runsAtStart(tx, world, plan, start))];
    await tx.put('world', { ...world, runs: runs.sort((a, b) => a.at - b.at) });
    const slots = slotsOf(tx);
    return { started_at: iso(start), until: iso(now), rows, positives, active_version: slots[slots.active]! };
  });
  await report(database, start, now);
  return result;
}

/**
 * Brings a fault of the shared pipeline's source into the worlds of all models it feeds, from one moment on.
 * @throws ProblemError 422
 */
export async function simulateShared<T>(
  database: Database,
  struck: {
    model: ModelDatabase;
    fault: Fault<T>;
    parameters: ReturnType<Fault<T>['parameters']['parse']>;
  }[],
  wallClock: number,
): Promise<Rewritten> {
  const now = Math.floor(wallClock / 1000) * 1000;
  const done: Rewritten[] = [];
  for (const { model, fault, parameters } of struck) {
    const start = parameters.start ?? iso(now - fault.minutesAgo * 60_000);
    done.push(await simulate(model, fault, { ...parameters, start }, wallClock, true));
  }
  const { parameters, fault } = struck[0]!;
  const start = Date.parse(done[0]!.started_at);
  const { changes, sourceRelease } = fault.plan(parameters);
  await database.write(async (tx) => {
    const { feeds, outages } = enrichmentOf(tx);
    const gaps = (changes ?? []).filter(({ kind }) => kind === 'gap');
    const state = {
      feeds: sourceRelease
        ? [...feeds.filter(({ from }) => from <= start), nextFeed(feeds.at(-1)!, start)]
        : feeds,
      outages: [...outages, ...gaps.map(({ to }) => ({ from: start, to: to ?? null }))],
    };
    await putEnrichment(tx, state, { from: start, to: now + HOUR_MS });
  });
  await reportShared(database, start, now);
  const total = (of: 'rows' | 'positives') => done.reduce((sum, each) => sum + each[of], 0);
  return { ...done[0]!, rows: total('rows'), positives: total('positives') };
}

async function reportShared(database: Database, start: number, now: number): Promise<void> {
  for (let hour = Math.ceil(start / HOUR_MS) * HOUR_MS; hour <= now; hour += HOUR_MS) {
    await exportEnrichment(database, hour);
  }
}

/** Takes back what was changed about the shared pipeline. */
export async function resetShared(database: Database, start: number, wallClock: number): Promise<void> {
  const now = Math.floor(wallClock / 1000) * 1000;
  await database.write((tx) => putEnrichment(tx, HEALTHY_ENRICHMENT, { from: start, to: now + HOUR_MS }));
  await reportShared(database, start, now);
}

/** A world that nothing was done to since it was seeded or reset, but for how training ends. */
async function unchanged(database: ModelDatabase, now: number): Promise<Rewritten> {
  await database.write((tx) => tx.put('training-outcome', 'works'));
  const at = iso(now);
  return { started_at: at, until: at, rows: 0, positives: 0, active_version: SEEDED_VERSION };
}

/**
 * Back to the seeded state: healthy traffic and reports since the first thing that was changed, v2 live on three replicas, training
 * works, and no deployment after the seeded ones. Later versions stay on record.
 */
export async function reset(database: ModelDatabase, wallClock: number): Promise<Rewritten> {
  const now = Math.floor(wallClock / 1000) * 1000;
  const { touched, healthy, runs } = database.document<World>('world')!;
  const later = database.document<Deployments>('deployments')!.slice(healthy.deployments.length);
  if (touched === null && later.length + runs.length === 0) return unchanged(database, now);
  const changed = [touched ?? now, ...later.map(({ at }) => Date.parse(at))];
  const first = Math.min(now - 1000, ...changed);
  const start = Math.floor(Math.max(first, now - MAX_REWRITE_MS) / 1000) * 1000;
  const result = await database.write(async (tx) => {
    await tx.put('training-outcome', 'works');
    await tx.put('slots', { blue: null, green: SEEDED_VERSION, active: 'green' } satisfies Slots);
    await tx.put('deployments', healthy.deployments);
    const before = tx.document<World>('world')!;
    for (const { run_id, at } of before.runs) {
      await tx.change(
        { table: 'PIPELINE_RUNS', from: at, to: at + 1 },
        'DELETE FROM PIPELINE_RUNS WHERE run_id = ? AND timestamp = ?::TIMESTAMP',
        [run_id, iso(at)],
      );
    }
    const world: World = {
      ...before,
      base: healthy.base,
      labelDelayMs: healthy.labelDelayMs,
      changes: [],
      feeds: before.feeds.slice(0, 1),
      replicas: before.replicas.slice(0, 1),
      runs: [],
    };
    const { rows, positives } = await rewrite(tx, world, start, now);
    await tx.put('world', { ...tx.document<World>('world')!, touched: null });
    return { started_at: iso(start), until: iso(now), rows, positives, active_version: SEEDED_VERSION };
  });
  await report(database, start, now);
  return result;
}
