import type {
  Deployment,
  DeployRequest,
  DriftReport,
  Infrastructure,
  MetricsAggregate,
  ModelInfo,
  Pipeline,
  PipelineRun,
  PipelineRunRequest,
  PlatformHealth,
  ScaleRequest,
  Scaling,
  TrainingJob,
  TrainingRequest,
} from '../domain/platform.ts';

/**
 * The model platform (design §6). Reads are safe to retry. Every POST takes an idempotency key: the same key answers with
 * the first result, so it too is safe to retry. Rejects with PlatformError.
 */
export interface Platform {
  health(signal?: AbortSignal): Promise<PlatformHealth>;
  /** Versions newest last. */
  modelInfo(signal?: AbortSignal): Promise<ModelInfo>;
  /** Append-only, oldest first. */
  deployments(signal?: AbortSignal): Promise<Deployment[]>;
  drift(signal?: AbortSignal): Promise<DriftReport>;
  metricsAggregate(signal?: AbortSignal): Promise<MetricsAggregate>;
  pipelines(signal?: AbortSignal): Promise<Pipeline[]>;
  infrastructure(signal?: AbortSignal): Promise<Infrastructure>;
  /** 409 (`conflict`) while another job runs; 422 when there are too few labelled rows since `since`. */
  triggerTraining(request: TrainingRequest, key: string, signal?: AbortSignal): Promise<TrainingJob>;
  training(id: string, signal?: AbortSignal): Promise<TrainingJob>;
  trainings(signal?: AbortSignal): Promise<TrainingJob[]>;
  /** Idempotent; a finished job stays as it is. */
  stopTraining(id: string, key: string, signal?: AbortSignal): Promise<TrainingJob>;
  deploy(request: DeployRequest, key: string, signal?: AbortSignal): Promise<Deployment>;
  /** `version` names where to go back to: the version that was live before. */
  rollback(request: DeployRequest, key: string, signal?: AbortSignal): Promise<Deployment>;
  /** Loads a window of a pipeline again; idempotent by window too. 422 while its source does not deliver. */
  runPipeline(
    name: string,
    request: PipelineRunRequest,
    key: string,
    signal?: AbortSignal,
  ): Promise<PipelineRun>;
  /** Sets the number of serving replicas. 409 when another number runs than was expected. */
  scale(request: ScaleRequest, key: string, signal?: AbortSignal): Promise<Scaling>;
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
