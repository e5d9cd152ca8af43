import { z } from 'zod';

/** JSON shapes of the model platform's HTTP API (design §6), shared by our client and by whoever serves the API. */

const Confusion = z.object({ tp: z.number(), fp: z.number(), fn: z.number(), tn: z.number() });
export type Confusion = z.infer<typeof Confusion>;

const RowRange = z.object({ from: z.string(), to: z.string(), rows: z.number(), positives: z.number() });
export type RowRange = z.infer<typeof RowRange>;

export const PlatformHealth = z.object({
  status: z.enum(['ok', 'degraded']),
  model: z.string(),
  active_version: z.string(),
  uptime_seconds: z.number(),
});
export type PlatformHealth = z.infer<typeof PlatformHealth>;

export const ModelVersion = z.object({
  version: z.string(),
  status: z.enum(['live', 'standby', 'candidate', 'retired']),
  trained_at: z.string(),
  /** Its labelled training rows in PREDICTION_LOGS: the reference for drift. */
  training: RowRange,
  /** F1, precision and recall on its own holdout when it was trained: the baseline. */
  baseline: z.object({
    f1: z.number(),
    precision: z.number(),
    recall: z.number(),
    flagged_share: z.number(),
  }),
  /** Permutation importance by feature, sums to 1. */
  importances: z.record(z.string(), z.number()),
  threshold: z.number(),
});
export type ModelVersion = z.infer<typeof ModelVersion>;

export const ModelInfo = z.object({
  model: z.string(),
  active_version: z.string(),
  /** Blue-green: what stands in each slot, and which slot takes the traffic. */
  slots: z.object({
    blue: z.string().nullable(),
    green: z.string().nullable(),
    active: z.enum(['blue', 'green']),
  }),
  features: z.array(z.string()),
  versions: z.array(ModelVersion),
});
export type ModelInfo = z.infer<typeof ModelInfo>;

export const Deployment = z.object({
  at: z.string(),
  kind: z.enum(['deploy', 'rollback']),
  from: z.string().nullable(),
  to: z.string(),
  by: z.string(),
  incident: z.string().nullable(),
  reason: z.string(),
});
export type Deployment = z.infer<typeof Deployment>;

export const TrainingRequest = z.strictObject({
  model: z.string(),
  /** Only labelled rows from here on are used. */
  since: z.iso.datetime(),
  by: z.string().max(200),
  incident: z.string().nullable().default(null),
  reason: z.string().max(1000).default(''),
});
export type TrainingRequest = z.input<typeof TrainingRequest>;

export const TrainingJob = z.object({
  id: z.string(),
  model: z.string(),
  status: z.enum(['queued', 'running', 'succeeded', 'failed', 'stopped']),
  /** 0..1 */
  progress: z.number(),
  message: z.string(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
  since: z.string(),
  incident: z.string().nullable(),
  /** Once succeeded. Candidate and champion are scored on the very same holdout rows, later than the training rows. */
  result: z
    .object({
      version: z.string(),
      champion: z.string(),
      training: RowRange,
      holdout: RowRange,
      candidate_confusion: Confusion,
      champion_confusion: Confusion,
    })
    .nullable(),
});
export type TrainingJob = z.infer<typeof TrainingJob>;

export const DeployRequest = z.strictObject({
  model: z.string(),
  version: z.string(),
  /** Refused with 409 when another version is active by then. */
  expected_active: z.string(),
  by: z.string().max(200),
  incident: z.string().nullable().default(null),
  reason: z.string().max(1000).default(''),
});
export type DeployRequest = z.input<typeof DeployRequest>;

export const DriftReport = z.object({
  model: z.string(),
  version: z.string(),
  window: z.object({ from: z.string(), to: z.string() }),
  aggregate: z.number().nullable(),
  features: z.record(z.string(), z.number()),
  samples: z.number(),
});
export type DriftReport = z.infer<typeof DriftReport>;

export const MetricsAggregate = z.object({
  model: z.string(),
  version: z.string(),
  window: z.object({ from: z.string(), to: z.string() }),
  predictions: z.number(),
  labelled: z.number(),
  flagged_share: z.number().nullable(),
  f1: z.number().nullable(),
  latency_p99_ms: z.number().nullable(),
});
export type MetricsAggregate = z.infer<typeof MetricsAggregate>;

export const Pipeline = z.object({
  name: z.string(),
  feeds: z.string(),
  schema_version: z.string(),
  last_run_at: z.string().nullable(),
  last_status: z.string(),
});
export type Pipeline = z.infer<typeof Pipeline>;

export const Infrastructure = z.object({
  replicas: z.number(),
  /** Busy share of all replicas, 0..1. */
  cpu: z.number(),
  /** Used share of all replicas' memory, 0..1. */
  memory: z.number(),
  /** Requests that wait. */
  queue: z.number(),
  batch_size: z.number(),
  model_size_mb: z.number(),
});
export type Infrastructure = z.infer<typeof Infrastructure>;

/** `POST /pipelines/{name}/runs`: load a window again. The same window answers the run it already has. */
export const PipelineRunRequest = z.strictObject({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  by: z.string().max(200),
  incident: z.string().nullable().default(null),
  reason: z.string().max(1000).default(''),
});
export type PipelineRunRequest = z.input<typeof PipelineRunRequest>;

export const PipelineRun = z.object({
  run_id: z.string(),
  pipeline: z.string(),
  status: z.enum(['succeeded', 'failed']),
  from: z.string(),
  to: z.string(),
  /** Rows that the window holds after the run. */
  records: z.number(),
  at: z.string(),
});
export type PipelineRun = z.infer<typeof PipelineRun>;

export const ScaleRequest = z.strictObject({
  replicas: z.number().int().min(1).max(64),
  /** Refused with 409 when another number runs by then. */
  expected_replicas: z.number().int(),
  by: z.string().max(200),
  incident: z.string().nullable().default(null),
  reason: z.string().max(1000).default(''),
});
export type ScaleRequest = z.input<typeof ScaleRequest>;

export const Scaling = z.object({ from: z.number(), to: z.number(), at: z.string() });
export type Scaling = z.infer<typeof Scaling>;
