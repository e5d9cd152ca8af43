import type { Logger } from 'pino';
import type { Database } from './database.ts';
import { exportEnrichment } from './enrichment.ts';
import { addRuns, exportBatch, exportMetrics, failedRuns, HOUR_MS } from './export.ts';
import { WINDOW_MS } from './measure.ts';
import { ModelDatabase } from './model-database.ts';
import { MODELS } from './models.ts';
import type { Clock, World } from './state.ts';
import { generate } from './timeline.ts';
import { applyRetention, deliverLabels, FULL_LOG_MS } from './traffic.ts';
import { allVersions } from './versions.ts';

const METRICS_EVERY_MS = 60_000;
const RETENTION_EVERY_MS = 600_000;

/** Keeps the world going: each tick brings traffic, labels, metrics, batches and retention up to the present. */
export class Clockwork {
  readonly #database: Database;
  readonly #models: readonly ModelDatabase[];
  readonly #now: () => number;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(database: Database, now: () => number, log: Logger) {
    this.#database = database;
    this.#models = MODELS.map((spec) => new ModelDatabase(database, spec));
    this.#now = now;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.tick().catch((error: unknown) =>
        this.#log.error(error, 'the world missed a tick; the next makes up for it'),
      );
    }, 1000);
  }

  /** One step, or the one that is under way. */
  tick(): Promise<void> {
    this.#running ??= this.#step().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Stops after the step under way. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running?.catch(() => {});
  }

  async #step(): Promise<void> {
    const now = Math.floor(this.#now() / 1000) * 1000;
    for (const model of this.#models) await this.#advance(model, now);
  }

  async #advance(model: ModelDatabase, now: number): Promise<void> {
    await model.write(async (tx) => {
      const clock = tx.document<Clock>('clock')!;
      if (now <= clock.traffic) return;
      const world = tx.document<World>('world')!;
      // After a long stop only one window is made up for: before that there was no traffic.
      const from = Math.max(clock.traffic, now - WINDOW_MS);
      const { queue } = await generate(tx, world, from, now, now, clock.queue);
      await addRuns(tx, tx.spec, failedRuns(tx.spec, world, from, now));
      await deliverLabels(tx, now);
      await tx.put('clock', { ...clock, traffic: now, queue });
    });
    await this.#export(model, now);
  }

  async #export(model: ModelDatabase, now: number): Promise<void> {
    const clock = model.document<Clock>('clock')!;
    const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
    if (hour > clock.batches) {
      for (let at = Math.max(clock.batches + HOUR_MS, hour - HOUR_MS); at <= hour; at += HOUR_MS) {
        await exportBatch(model, at);
        // The last model's hour makes the shared pipeline's complete.
        if (model === this.#models.at(-1)) await exportEnrichment(this.#database, at);
      }
      await mark(model, { batches: hour });
    }
    if (now >= clock.metrics + METRICS_EVERY_MS) {
      await exportMetrics(model, now);
      await mark(model, { metrics: now });
    }
    if (now >= clock.retention + RETENTION_EVERY_MS) {
      const keep = allVersions(model).map((version) => version.info.training);
      await model.write((tx) => applyRetention(tx, clock.retention - FULL_LOG_MS, now, keep));
      await mark(model, { retention: now });
    }
  }
}

function mark(model: ModelDatabase, done: Partial<Clock>): Promise<void> {
  return model.write((tx) => tx.put('clock', { ...tx.document<Clock>('clock')!, ...done }));
}
