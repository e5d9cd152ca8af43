import { createTables } from '../../warehouse/schema.ts';
import type { Database } from '../database.ts';
import { SEEDED_FEED, SEEDED_REPLICAS } from '../simulate.ts';
import { type Clock, type Deployments, FORMAT, iso, type Slots, type World } from '../state.ts';
import { layOutHistory } from './history.ts';
import { seedDataQuality } from './seed_data_quality.ts';
import { seedIncidents } from './seed_incidents.ts';
import { seedModelMetrics } from './seed_model_metrics.ts';
import { seedPipelineRuns } from './seed_pipeline_runs.ts';
import { seedPredictionLogs } from './seed_prediction_logs.ts';

/**
 * Fills an empty database with two weeks of history that ends now: v1 retired, v2 live, healthy traffic.
 * The document `clock` comes last: a database without it was not seeded to the end.
 */
export async function seedDatabase(
  database: Database,
  settings: { seed: number; base: number; labelDelayMs: number; now: number },
): Promise<void> {
  const { seed, base, labelDelayMs } = settings;
  const history = layOutHistory(seed, base, settings.now);
  const now = Math.floor(history.now / 1000) * 1000;
  await database.write(async (tx) => {
    for (const statement of createTables('DuckDB')) await tx.run(statement);
  });
  const versions = await seedPredictionLogs(database, history, labelDelayMs);
  await database.write(async (tx) => {
    const by = 'ml-platform';
    const deployments: Deployments = [
      {
        at: iso(history.v1At),
        kind: 'deploy',
        from: null,
        to: 'v1',
        by,
        incident: null,
        reason: 'first model',
      },
      {
        at: iso(history.v2At),
        kind: 'deploy',
        from: 'v1',
        to: 'v2',
        by,
        incident: null,
        reason: 'more labelled rows',
      },
    ];
    const world: World = {
      seed,
      base,
      labelDelayMs,
      healthy: { base, labelDelayMs, deployments },
      rewrites: 0,
      touched: null,
      changes: [],
      feeds: [{ from: history.event.to, ...SEEDED_FEED }],
      replicas: [{ from: history.start, count: SEEDED_REPLICAS }],
      streams: [
        { from: history.fullFrom, name: 'recent', origin: now, rate: base, weight: 1 },
        { from: now, name: 'live', origin: now, rate: base, weight: 1 },
      ],
      runs: [],
    };
    await tx.put('world', world);
    for (const version of versions) await tx.put(`version/${version.info.version}`, version);
    await tx.put('slots', { blue: null, green: 'v2', active: 'green' } satisfies Slots);
    await tx.put('deployments', deployments);
  });
  await seedDataQuality(database, history);
  await seedPipelineRuns(database, history);
  await seedModelMetrics(database, history, versions);
  await seedIncidents(database, history);
  await database.write(async (tx) => {
    const hour = Math.floor(now / 3_600_000) * 3_600_000;
    const clock: Clock = {
      format: FORMAT,
      seeded: now,
      traffic: now,
      metrics: now,
      batches: hour,
      retention: now,
      queue: 0,
    };
    await tx.put('clock', clock);
  });
  await database.checkpoint();
}
