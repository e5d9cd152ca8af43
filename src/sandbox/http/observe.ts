import type {
  DriftReport,
  Infrastructure,
  MetricsAggregate,
  Pipeline,
  PlatformHealth,
} from '../../domain/platform.ts';
import type { Database } from '../database.ts';
import { feedAt } from '../export.ts';
import { measureDrift, measureOutcomes, ownWarehouse } from '../measure.ts';
import { infrastructure } from '../servers.ts';
import type { Clock, World } from '../state.ts';
import type { Trainer } from '../training.ts';
import { activeVersion } from '../versions.ts';
import { MODEL, PIPELINE } from '../world.ts';

const CACHE_MS = 10_000;
/** No traffic for this long is not healthy. */
const STALE_MS = 15_000;

/** The answer of a costly measurement serves for ten seconds, as long as it is about the same thing. */
function cached<T>(measure: () => Promise<T>, now: () => number, about: () => string): () => Promise<T> {
  let last: { at: number; about: string; value: Promise<T> } | undefined;
  return () => {
    if (!last || now() - last.at > CACHE_MS || last.about !== about()) {
      const value = measure();
      last = { at: now(), about: about(), value };
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
  /** The active version, over traffic that may have been written anew. */
  const about = () => `${activeName()}/${database.document<World>('world')!.rewrites}`;
  const servers = () => {
    const { traffic, queue } = database.document<Clock>('clock')!;
    const at = Math.max(traffic, Math.floor(now() / 1000) * 1000);
    return infrastructure(database.document<World>('world')!, active().profile, at, queue);
  };

  const drift = cached<DriftReport>(() => measureDrift(warehouse, active(), now()), now, about);
  const outcomes = cached(() => measureOutcomes(warehouse, active(), now()), now, about);

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
          schema_version: feedAt(database.document<World>('world')!, now()).schema_version,
          last_run_at: (run?.timestamp as string | undefined) ?? null,
          last_status: (run?.status as string | undefined) ?? 'never ran',
        },
      ];
    },

    async infrastructure(): Promise<Infrastructure> {
      return servers();
    },

    async prometheus(): Promise<string> {
      const figures = await outcomes();
      const { replicas, cpu, memory, queue } = servers();
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
        ['serving_replicas', 'Servers that answer.', replicas],
        ['serving_cpu_busy', 'Busy share of their cpu.', cpu],
        ['serving_memory_used', 'Used share of their memory.', memory],
        ['serving_queue', 'Requests that wait.', queue],
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
