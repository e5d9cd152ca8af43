import { availableParallelism, totalmem } from 'node:os';
import type {
  DriftReport,
  Infrastructure,
  MetricsAggregate,
  Pipeline,
  PlatformHealth,
} from '../../platform/schemas.ts';
import { type Database, INTERNAL_SCHEMA } from '../database.ts';
import { measureDrift, measureOutcomes, ownWarehouse } from '../measure.ts';
import type { Clock, World } from '../state.ts';
import type { Trainer } from '../training.ts';
import { activeVersion, slotsOf } from '../versions.ts';
import { MODEL, PIPELINE } from '../world.ts';

const CACHE_MS = 10_000;
/** No traffic for this long is not healthy. */
const STALE_MS = 15_000;

/** The answer of a costly measurement serves for ten seconds, unless another version has become active. */
function cached<T>(measure: () => Promise<T>, now: () => number, version: () => string): () => Promise<T> {
  let last: { at: number; version: string; value: Promise<T> } | undefined;
  return () => {
    if (!last || now() - last.at > CACHE_MS || last.version !== version()) {
      const value = measure();
      last = { at: now(), version: version(), value };
      value.catch(() => {
        last = undefined;
      });
    }
    return last.value;
  };
}

/** What the platform says about itself and its model; all of it is measured when asked. */
export function createObservations(database: Database, trainer: Trainer, now: () => number) {
  const started = now();
  const warehouse = ownWarehouse(database);
  const active = () => activeVersion(database);
  const activeName = () => active().info.version;
  let cpu = { at: performance.now(), used: process.cpuUsage() };

  const drift = cached<DriftReport>(() => measureDrift(warehouse, active(), now()), now, activeName);
  const outcomes = cached(() => measureOutcomes(warehouse, active(), now()), now, activeName);

  return {
    drift,

    async health(): Promise<PlatformHealth> {
      const age = now() - database.document<Clock>('clock')!.traffic;
      return {
        status: age <= STALE_MS ? 'ok' : 'degraded',
        model: MODEL,
        active_version: activeName(),
        uptime_seconds: Math.round((now() - started) / 1000),
      };
    },

    async aggregate(): Promise<MetricsAggregate> {
      const { precision: _precision, recall: _recall, ...figures } = await outcomes();
      return figures;
    },

    async pipelines(): Promise<Pipeline[]> {
      const [run] = await database.read(
        'SELECT timestamp, status FROM PIPELINE_RUNS WHERE pipeline_name = ? ORDER BY timestamp DESC LIMIT 1',
        [PIPELINE],
      );
      return [
        {
          name: PIPELINE,
          feeds: MODEL,
          schema_version: database.document<World>('world')!.feed.schema_version,
          last_run_at: (run?.timestamp as string | undefined) ?? null,
          last_status: (run?.status as string | undefined) ?? 'never ran',
        },
      ];
    },

    /** Of this process: there is one replica, it scores what came in since the last tick as one batch. */
    async infrastructure(): Promise<Infrastructure> {
      const elapsed = performance.now() - cpu.at;
      const used = process.cpuUsage(cpu.used);
      if (elapsed > 1000) cpu = { at: performance.now(), used: process.cpuUsage() };
      const slots = slotsOf(database);
      const [queue] = await database.read(`SELECT count(*) AS n FROM ${INTERNAL_SCHEMA}.labels_due`);
      return {
        replicas: [slots.blue, slots.green].filter((version) => version !== null).length,
        cpu: Math.min(1, (used.user + used.system) / 1000 / Math.max(1, elapsed) / availableParallelism()),
        memory: process.memoryUsage.rss() / totalmem(),
        queue: queue!.n as number,
        batch_size: Math.round(database.document<World>('world')!.base),
        model_size_mb: JSON.stringify(active().classifier).length / 1e6,
      };
    },

    async prometheus(): Promise<string> {
      const figures = await outcomes();
      const version = `{model="${MODEL}",version="${figures.version}"}`;
      const lines: [name: string, help: string, value: number | null][] = [
        [
          'model_predictions_last_hour',
          'Predictions of the active version in the last hour.',
          figures.predictions,
        ],
        ['model_labelled_last_hour', 'Of these, predictions whose label is known.', figures.labelled],
        ['model_flagged_share', 'Share of predictions flagged as fraud.', figures.flagged_share],
        ['model_f1', 'F1 over labelled predictions of the last hour.', figures.f1],
        [
          'model_latency_p99_seconds',
          '99th percentile of the prediction latency.',
          (figures.latency_p99_ms ?? 0) / 1000,
        ],
        ['training_jobs', 'Training jobs accepted so far.', trainer.jobs().length],
      ];
      return lines
        .filter(([, , value]) => value !== null)
        .map(
          ([name, help, value]) =>
            `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${version} ${value}\n`,
        )
        .join('');
    },
  };
}
