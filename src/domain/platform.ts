import { z } from 'zod';

/** Shapes of the model platform (design §6), whichever system they come from. They are the JSON of our HTTP API, too. */

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

/** One line of a model's history of production versions. */
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

/** A model as its registry has it: versions, the one that is live, and the history of what was. */
export const ModelRecord = z.object({
  model: z.string(),
  active_version: z.string(),
  /** Blue-green: the version in each slot, and the slot that takes the traffic. */
  slots: z
    .object({
      blue: z.string().nullable(),
      green: z.string().nullable(),
      active: z.enum(['blue', 'green']),
    })
    .optional(),
  features: z.array(z.string()),
  /** Newest last. */
  versions: z.array(ModelVersion),
  /** Append-only, oldest first. */
  deployments: z.array(Deployment),
});
export type ModelRecord = z.infer<typeof ModelRecord>;

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
  /** Models. */
  feeds: z.array(z.string()),
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

export const PipelineRun = z.object({
  run_id: z.string(),
  pipeline: z.string(),
  status: z.enum(['queued', 'running', 'succeeded', 'failed']),
  /** What the runner reports of it, empty where it reports nothing. */
  message: z.string(),
  from: z.string(),
  to: z.string(),
  /** Rows that the window holds after the run. */
  records: z.number(),
  at: z.string(),
});
export type PipelineRun = z.infer<typeof PipelineRun>;

export const Scaling = z.object({ from: z.number(), to: z.number(), at: z.string() });
export type Scaling = z.infer<typeof Scaling>;
