import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { TrainingJob } from '../domain/platform.ts';
import type { TrainingRequest } from '../platform/http/requests.ts';
import { evaluate, fitLogistic, scores } from './classifier.ts';
import { loadDataset } from './dataset.ts';
import { ProblemError } from './http/problem.ts';
import type { ModelDatabase, ModelTransaction } from './model-database.ts';
import { randomStream } from './random.ts';
import { iso, type StoredJob, type TrainingOutcome, type World } from './state.ts';
import { activeVersion, describeVersion, nextVersion } from './versions.ts';

/** Fewer rows make a worse model than the one that is replaced (design §10); more than this add little. */
const MIN_TRAINING_ROWS = 20_000;
const MAX_TRAINING_ROWS = 25_000;
const MIN_HOLDOUT_POSITIVES = 1_000;
/** Newton steps that a fit of this kind takes, for the progress shown. */
const USUAL_STEPS = 14;

const LABELLED = 'FROM PREDICTION_LOGS WHERE model_name = ? AND actual_label IS NOT NULL';

/** Trains candidates of one model, one job at a time. Jobs outlive the process: `resume` runs again what a stop interrupted. */
export class Trainer {
  readonly #database: ModelDatabase;
  readonly #now: () => number;
  readonly #log: Logger;
  readonly #paceMs: number;
  #current: { id: string; stop: AbortController; done: Promise<void> } | undefined;

  /** `paceMs`: least time between two steps, so that progress can be watched. */
  constructor(database: ModelDatabase, now: () => number, log: Logger, paceMs: number) {
    this.#database = database;
    this.#now = now;
    this.#log = log;
    this.#paceMs = paceMs;
  }

  jobs(): TrainingJob[] {
    const jobs = this.#database.documents<StoredJob>('job/').map(({ job }) => job);
    return jobs.sort((a, b) => a.created_at.localeCompare(b.created_at));
  }

  job(id: string): TrainingJob {
    const stored = this.#database.document<StoredJob>(`job/${id}`);
    if (!stored) throw new ProblemError(404, 'No such job', `there is no training job "${id}"`);
    return stored.job;
  }

  /** Accepts a job within a transaction; call `run` once that is committed. @throws ProblemError 409, 422 */
  async accept(tx: ModelTransaction, request: z.output<typeof TrainingRequest>): Promise<TrainingJob> {
    const running = this.jobs().find(({ status }) => status === 'queued' || status === 'running');
    if (running) {
      throw new ProblemError(
        409,
        'A job is running',
        `training job ${running.id} is ${running.status}; wait for it or stop it`,
      );
    }
    const outcome = tx.document<TrainingOutcome>('training-outcome') ?? 'works';
    const now = iso(this.#now());
    const since = iso(Date.parse(request.since));
    const split = await splitRows(tx, since, now);
    const { model } = tx.spec;
    const id = `train-${model}-${String(this.jobs().length + 1).padStart(4, '0')}`;
    const job: TrainingJob = {
      id,
      model,
      status: 'queued',
      progress: 0,
      message: 'accepted',
      created_at: now,
      finished_at: null,
      since,
      incident: request.incident,
      result: null,
    };
    const training = outcome === 'does_not_help' ? await rowsBefore(tx, since) : split.training;
    await tx.put(`job/${id}`, { job, outcome, training, holdout: split.holdout } satisfies StoredJob);
    return job;
  }

  /** Starts an accepted job; returns at once. */
  run(id: string): void {
    if (this.#current?.id === id) return;
    const stop = new AbortController();
    const done = this.#train(id, stop.signal)
      .catch((error: unknown) => this.#fail(id, stop.signal, error as Error))
      .finally(() => {
        if (this.#current?.id === id) this.#current = undefined;
      });
    this.#current = { id, stop, done };
  }

  /** Runs again, under the same id and on the same rows, what was under way when the process ended. */
  resume(): void {
    const open = this.jobs().find(({ status }) => status === 'queued' || status === 'running');
    if (open) this.run(open.id);
  }

  /** Idempotent; a finished job stays as it is. */
  async stop(tx: ModelTransaction, id: string): Promise<TrainingJob> {
    const job = this.job(id);
    if (job.status !== 'queued' && job.status !== 'running') return job;
    if (this.#current?.id === id) this.#current.stop.abort();
    return this.#put(tx, id, {
      status: 'stopped',
      message: 'stopped on request',
      finished_at: iso(this.#now()),
    });
  }

  async close(): Promise<void> {
    this.#current?.stop.abort();
    await this.#current?.done;
  }

  async #put(tx: ModelTransaction, id: string, change: Partial<TrainingJob>): Promise<TrainingJob> {
    const stored = tx.document<StoredJob>(`job/${id}`)!;
    const job = { ...stored.job, ...change };
    await tx.put(`job/${id}`, { ...stored, job });
    return job;
  }

  async #progress(id: string, signal: AbortSignal, progress: number, message: string): Promise<void> {
    await pause(this.#paceMs, undefined, { signal });
    await this.#database.write(async (tx) => {
      signal.throwIfAborted();
      await this.#put(tx, id, { status: 'running', progress, message });
    });
  }

  async #fail(id: string, signal: AbortSignal, error: Error): Promise<void> {
    if (signal.aborted) return;
    this.#log.warn({ job: id, error: error.message }, 'training failed');
    await this.#database.write((tx) =>
      this.#put(tx, id, { status: 'failed', message: error.message, finished_at: iso(this.#now()) }),
    );
  }

  async #train(id: string, signal: AbortSignal): Promise<void> {
    const { job, outcome, training, holdout } = this.#database.document<StoredJob>(`job/${id}`)!;
    const { seed } = this.#database.document<World>('world')!;
    await this.#progress(id, signal, 0.05, 'reading training rows');
    const train = await loadDataset(this.#database, training, job.created_at);
    const rows = `${train.range.rows} rows, ${train.range.positives} positives`;
    await this.#progress(id, signal, 0.2, `fitting on ${rows}`);
    const classifier = await fitLogistic(train.data, async (step) => {
      if (outcome === 'fails' && step === 6) {
        throw new Error(`training worker exited with code 137 (out of memory) at step ${step} on ${rows}`);
      }
      const progress = 0.2 + 0.4 * Math.min(1, step / USUAL_STEPS);
      await this.#progress(id, signal, progress, `fitting on ${rows}: Newton step ${step}`);
    });
    await this.#progress(id, signal, 0.65, 'reading holdout rows');
    const held = await loadDataset(this.#database, holdout, job.created_at);
    await this.#progress(id, signal, 0.8, `scoring ${held.range.rows} holdout rows`);
    const champion = activeVersion(this.#database);
    const candidateConfusion = await evaluate(classifier, held.data);
    const championConfusion = await evaluate(champion.classifier, held.data);
    const name = nextVersion(this.#database);
    const version = await describeVersion(
      this.#database.spec,
      name,
      classifier,
      train,
      held.data,
      iso(this.#now()),
      randomStream(seed, 'importance', name),
    );
    await this.#progress(id, signal, 0.95, `storing ${name}`);
    await this.#database.write(async (tx) => {
      signal.throwIfAborted();
      await tx.put(`version/${name}`, version);
      await this.#put(tx, id, {
        status: 'succeeded',
        progress: 1,
        message: `${name}: F1 ${scores(candidateConfusion).f1.toFixed(3)} on the holdout, ${champion.info.version} ${scores(championConfusion).f1.toFixed(3)}`,
        finished_at: iso(this.#now()),
        result: {
          version: name,
          champion: champion.info.version,
          training: train.range,
          holdout: held.range,
          candidate_confusion: candidateConfusion,
          champion_confusion: championConfusion,
        },
      });
    });
  }
}

/** The earliest labelled rows since a time for training, all later ones for the holdout. @throws ProblemError 422 */
async function splitRows(tx: ModelTransaction, since: string, now: string) {
  let found = '';
  for (const size of [MAX_TRAINING_ROWS, MIN_TRAINING_ROWS]) {
    const [cut] = await tx.run(
      `SELECT timestamp AS at ${LABELLED} AND timestamp >= ?::TIMESTAMP ORDER BY timestamp, prediction_id LIMIT 1 OFFSET ${size}`,
      [tx.spec.model, since],
    );
    const at = (cut?.at as string | undefined) ?? now;
    const [counts] = await tx.run(
      `SELECT count(*) AS n, count_if(timestamp < ?::TIMESTAMP) AS train,
         coalesce(sum(CASE WHEN timestamp >= ?::TIMESTAMP THEN actual_label END), 0) AS positives
       ${LABELLED} AND timestamp >= ?::TIMESTAMP`,
      [at, at, tx.spec.model, since],
    );
    const { n, train, positives } = counts as { n: number; train: number; positives: number };
    if (train >= MIN_TRAINING_ROWS && positives >= MIN_HOLDOUT_POSITIVES) {
      return { training: { from: since, to: at }, holdout: { from: at, to: now } };
    }
    found = `${n} labelled rows: ${train} to train on, and ${positives} positives among the later ones`;
  }
  throw new ProblemError(
    422,
    'Too few labelled rows',
    `training needs ${MIN_TRAINING_ROWS} labelled rows since ${since} and later ones with ${MIN_HOLDOUT_POSITIVES} positives to judge by; there are ${found}. Wait for more labels or choose an earlier time`,
  );
}

/** The latest labelled rows before a time: what a job reads whose data snapshot is stale. */
async function rowsBefore(tx: ModelTransaction, since: string): Promise<{ from: string; to: string }> {
  const [row] = await tx.run(
    `SELECT min(timestamp) AS first FROM (SELECT timestamp ${LABELLED} AND timestamp < ?::TIMESTAMP
       ORDER BY timestamp DESC LIMIT ${MAX_TRAINING_ROWS})`,
    [tx.spec.model, since],
  );
  return { from: (row?.first as string | null) ?? since, to: since };
}
