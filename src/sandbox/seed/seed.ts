import { createTables } from '../../warehouse/schema.ts';
import type { Database } from '../database.ts';
import { enrichmentRun, HEALTHY_ENRICHMENT, putEnrichment } from '../enrichment.ts';
import { addRuns } from '../export.ts';
import { ModelDatabase } from '../model-database.ts';
import { ENRICHMENT, MODELS } from '../models.ts';
import { SEEDED_FEED, SEEDED_REPLICAS } from '../simulate.ts';
import { type Clock, type Deployments, FORMAT, iso, type Slots, type World } from '../state.ts';
import { fullHours, type History, hourlyVolume, layOutHistory } from './history.ts';
import { seedDataQuality } from './seed_data_quality.ts';
import { seedIncidents } from './seed_incidents.ts';
import { seedModelMetrics } from './seed_model_metrics.ts';
import { seedPipelineRuns } from './seed_pipeline_runs.ts';
import { seedPredictionLogs } from './seed_prediction_logs.ts';

interface SeedSettings {
  seed: number;
  /** Rows per second of the classifier at the week's average. */
  base: number;
  labelDelayMs: number;
  now: number;
}

/**
 * Fills an empty database with two weeks of history that ends now: of every model v1 retired, v2 live, healthy traffic.
 * The document `format` is written last: a database without it was not seeded to the end.
 */
export async function seedDatabase(database: Database, settings: SeedSettings): Promise<void> {
  await database.write(async (tx) => {
    for (const statement of createTables('DuckDB')) await tx.run(statement);
  });
  const histories: History[] = [];
  for (const spec of MODELS) {
    const base = settings.base * spec.trafficShare;
    const history = layOutHistory(spec, settings.seed + spec.salt, base, settings.now);
    await seedModel(new ModelDatabase(database, spec), history, settings.labelDelayMs);
    histories.push(history);
  }
  await seedEnrichment(database, histories);
  await seedIncidents(database, histories[0]!);
  await database.write((tx) => tx.put('format', FORMAT));
  await database.checkpoint();
}

async function seedModel(database: ModelDatabase, history: History, labelDelayMs: number): Promise<void> {
  const { seed, base } = history;
  const now = Math.floor(history.now / 1000) * 1000;
  const versions = await seedPredictionLogs(database, history, labelDelayMs);
  const by = 'ml-platform';
  const deploy = (at: number, from: string | null, to: string, reason: string) =>
    ({ at: iso(at), kind: 'deploy', from, to, by, incident: null, reason }) as const;
  const deployments: Deployments = [
    deploy(history.v1At, null, 'v1', 'first model'),
    deploy(history.v2At, 'v1', 'v2', 'more labelled rows'),
  ];
  await database.write(async (tx) => {
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
  await database.write(async (tx) => {
    const batches = Math.floor(now / 3_600_000) * 3_600_000;
    const clock: Clock = { seeded: now, traffic: now, metrics: now, batches, retention: now, queue: 0 };
    await tx.put('clock', clock);
  });
}

/** The shared pipeline's runs: it fills in every model's rows. */
async function seedEnrichment(database: Database, histories: readonly History[]): Promise<void> {
  await database.write(async (tx) => {
    await putEnrichment(tx, HEALTHY_ENRICHMENT, { from: 0, to: 0 });
    const runs = fullHours(histories[0]!).map((at) =>
      enrichmentRun(
        tx,
        at,
        histories.reduce((sum, history) => sum + hourlyVolume(history, at), 0),
      ),
    );
    await addRuns(tx, ENRICHMENT, runs);
  });
}
