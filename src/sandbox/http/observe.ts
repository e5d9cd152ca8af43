import type {
  DriftReport,
  Infrastructure,
  MetricsAggregate,
  Pipeline,
  PlatformHealth,
} from '../../domain/platform.ts';
import type { Database } from '../database.ts';
import { enrichmentOf } from '../enrichment.ts';
import { feedAt } from '../export.ts';
import { measureDrift, measureOutcomes, ownWarehouse } from '../measure.ts';
import { ENRICHMENT } from '../models.ts';
import { fedBy, PIPELINES } from '../pipelines.ts';
import { infrastructure } from '../servers.ts';
import type { Clock, Feed, World } from '../state.ts';
import { activeVersion } from '../versions.ts';
import type { ServedModel } from './served-model.ts';

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

/** One line of `/metrics`. */
interface Gauge {
  name: string;
  help: string;
  value: number | null;
}

/** What the platform says about one model; all of it is measured when asked. */
export interface ModelObservations {
  served: ServedModel;
  drift(): Promise<DriftReport>;
  health(): PlatformHealth;
  aggregate(): Promise<MetricsAggregate>;
  infrastructure(): Infrastructure;
  gauges(): Promise<{ labels: string; gauges: Gauge[] }>;
}

export function observeModel(served: ServedModel, now: () => number): ModelObservations {
  const { database, trainer } = served;
  const { model } = database.spec;
  const started = now();
  const warehouse = ownWarehouse(database);
  const active = () => activeVersion(database);
  const activeName = () => active().info.version;
  const world = () => database.document<World>('world')!;
  /** The active version, over traffic that may have been written anew. */
  const about = () => `${activeName()}/${world().rewrites}`;
  const servers = () => {
    const { traffic, queue } = database.document<Clock>('clock')!;
    const at = Math.max(traffic, Math.floor(now() / 1000) * 1000);
    return infrastructure(world(), active().profile, at, queue);
  };
  const drift = cached<DriftReport>(() => measureDrift(warehouse, active(), now()), now, about);
  const outcomes = cached(() => measureOutcomes(warehouse, active(), now()), now, about);

  return {
    served,
    drift,

    health: () => ({
      status: now() - database.document<Clock>('clock')!.traffic <= STALE_MS ? 'ok' : 'degraded',
      model,
      active_version: activeName(),
      uptime_seconds: Math.round((now() - started) / 1000),
    }),

    async aggregate() {
      const { precision: _precision, recall: _recall, ...figures } = await outcomes();
      return figures;
    },

    infrastructure: servers,

    async gauges() {
      const figures = await outcomes();
      const { replicas, cpu, memory, queue } = servers();
      const p99 = (figures.latency_p99_ms ?? 0) / 1000;
      const gauge = (name: string, help: string, value: number | null): Gauge => ({ name, help, value });
      return {
        labels: `{model="${model}",version="${figures.version}"}`,
        gauges: [
          gauge('model_predictions_last_hour', 'Predictions of the last hour.', figures.predictions),
          gauge('model_labelled_last_hour', 'Of these, those whose label is known.', figures.labelled),
          gauge('model_flagged_share', 'Share of predictions that are flagged.', figures.flagged_share),
          gauge('model_f1', 'F1 over labelled predictions of the last hour.', figures.f1),
          gauge('model_latency_p99_seconds', '99th percentile of the prediction latency.', p99),
          gauge('serving_replicas', 'Servers that answer.', replicas),
          gauge('serving_cpu_busy', 'Busy share of their cpu.', cpu),
          gauge('serving_memory_used', 'Used share of their memory.', memory),
          gauge('serving_queue', 'Requests that wait.', queue),
          gauge('training_jobs', 'Training jobs accepted so far.', trainer.jobs().length),
        ],
      };
    },
  };
}

/** What the platform says about itself and its pipelines. */
export function observeAll(database: Database, models: readonly ModelObservations[], now: () => number) {
  const started = now();

  function feedOf(pipeline: string): Feed {
    if (pipeline === ENRICHMENT.pipeline) return feedAt(enrichmentOf(database), now());
    const { served } = models.find(({ served }) => served.database.spec.pipeline === pipeline)!;
    return feedAt(served.database.document<World>('world')!, now());
  }

  return {
    health: () => ({
      status: models.every((model) => model.health().status === 'ok') ? 'ok' : 'degraded',
      models: models.map((model) => model.health()),
      uptime_seconds: Math.round((now() - started) / 1000),
    }),

    async pipelines(): Promise<Pipeline[]> {
      const last = await database.read(
        `SELECT pipeline_name, max(timestamp) AS at, arg_max(status, timestamp) AS status FROM PIPELINE_RUNS GROUP BY 1`,
      );
      return PIPELINES.map((name) => {
        const run = last.find(({ pipeline_name }) => pipeline_name === name);
        return {
          name,
          feeds: fedBy(name).map(({ model }) => model),
          schema_version: feedOf(name).schema_version,
          last_run_at: (run?.at as string | undefined) ?? null,
          last_status: (run?.status as string | undefined) ?? 'never ran',
        };
      });
    },

    async prometheus(): Promise<string> {
      const measured = await Promise.all(models.map((model) => model.gauges()));
      return measured[0]!.gauges
        .map(({ name, help }, i) => {
          const samples = measured
            .map(({ labels, gauges }) => ({ labels, value: gauges[i]!.value }))
            .filter(({ value }) => value !== null)
            .map(({ labels, value }) => `${name}${labels} ${value}\n`);
          return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${samples.join('')}`;
        })
        .join('');
    },
  };
}
