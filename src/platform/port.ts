import type { TimeWindow } from '../domain/measurement.ts';
import type {
  Deployment,
  DriftReport,
  Infrastructure,
  ModelRecord,
  Pipeline,
  PipelineRun,
  PlatformHealth,
  Scaling,
  TrainingJob,
} from '../domain/platform.ts';

/**
 * The model platform by capability (design §6). Policy names the system that has each capability of a component; one system
 * may have several. Every call names its model or pipeline. Reads are safe to retry. Calls that act take an idempotency key:
 * the same key answers with the first result, so they are safe to retry too. All reject with PlatformError.
 */
export interface Capabilities {
  registry: Registry;
  trainer: Trainer;
  pipelines: Pipelines;
  serving: Serving;
}
export type Capability = keyof Capabilities;

/** Who acts, for the platform's own records: the incident and the reason that the approval showed. */
export interface Actor {
  incident: string;
  reason: string;
}

/** Versions of models, and which of them is live. */
export interface Registry {
  /** All named models in one call; a model that the system does not know is absent. */
  models(names: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, ModelRecord>>;
  /** Puts a version into production. Permanent: 409 when another version than `expectedLive` is live by then. */
  makeLive(
    request: Actor & { model: string; version: string; expectedLive: string; kind: 'deploy' | 'rollback' },
    key: string,
    signal?: AbortSignal,
  ): Promise<Deployment>;
}

/** Training jobs of models. */
export interface Trainer {
  /** Starts a job on labelled rows from `since` on. Permanent: 409 while another job of the model runs, 422 with too few rows. */
  start(
    request: Actor & { model: string; since: string },
    key: string,
    signal?: AbortSignal,
  ): Promise<TrainingJob>;
  job(model: string, id: string, signal?: AbortSignal): Promise<TrainingJob>;
  /** Idempotent; a finished job stays as it is. */
  stop(model: string, id: string, key: string, signal?: AbortSignal): Promise<TrainingJob>;
}

/** A pipeline as policy names it. Answers carry `pipeline`, whatever the runner calls it. */
export interface PipelineRef {
  pipeline: string;
  /** The runner's own name for it; null where it is the pipeline's. */
  job: string | null;
}

/** Pipelines and their runs. */
export interface Pipelines {
  /** Those of the pipelines that the system knows, in the order asked. */
  list(pipelines: readonly PipelineRef[], signal?: AbortSignal): Promise<Pipeline[]>;
  /** Runs that began within a window, oldest first. */
  runs(pipeline: PipelineRef, window: TimeWindow, signal?: AbortSignal): Promise<PipelineRun[]>;
  /**
   * Runs a window again, once per key. The run may still be under way: follow it with `run`. Permanent: the source does not
   * deliver, or the pipeline is unknown.
   */
  rerun(
    request: Actor & PipelineRef & { window: TimeWindow },
    key: string,
    signal?: AbortSignal,
  ): Promise<PipelineRun>;
  /** A run as it is now; `id` is the `run_id` of a rerun. */
  run(pipeline: PipelineRef, id: string, signal?: AbortSignal): Promise<PipelineRun>;
}

/** What answers predictions. */
export interface Serving {
  health(model: string, signal?: AbortSignal): Promise<PlatformHealth>;
  infrastructure(model: string, signal?: AbortSignal): Promise<Infrastructure>;
  /** The system's own drift figure, for comparison only; null where it has none. */
  drift(model: string, signal?: AbortSignal): Promise<DriftReport | null>;
  /** Sets the number of replicas. Permanent: 409 when another number than `expectedReplicas` runs. */
  scale(
    request: Actor & { model: string; replicas: number; expectedReplicas: number },
    key: string,
    signal?: AbortSignal,
  ): Promise<Scaling>;
}

/** `status` is the HTTP status, or null when the platform did not answer. 4xx (but 408, 429) are permanent. */
export class PlatformError extends Error {
  override name = 'PlatformError';
  readonly status: number | null;
  constructor(message: string, status: number | null, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
  get permanent(): boolean {
    return (
      this.status !== null &&
      this.status >= 400 &&
      this.status < 500 &&
      this.status !== 408 &&
      this.status !== 429
    );
  }
}
