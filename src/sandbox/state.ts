import type { Deployment, ModelVersion, TrainingJob } from '../domain/platform.ts';
import type { Cells } from '../domain/stats/drift.ts';
import type { Change } from './changes.ts';
import type { Classifier } from './classifier.ts';

/** The documents of each model (see ModelDatabase): their names and shapes. Times are milliseconds since the epoch. */

/** What the loader says of its source. */
export interface Feed {
  from: number;
  schema_version: string;
  release: string;
}

/** Where the traffic from a time on comes from. */
export interface Stream {
  from: number;
  /** Name and origin of its random numbers: the same second is drawn the same, however often. */
  name: string;
  origin: number;
  /** Rows per second at the week's average. */
  rate: number;
  /** How many transactions a row stands for: more than one in older traffic, of which a sample stays. */
  weight: number;
}

/** A run of the pipeline as it is reported, beside those that load full hours. */
export interface Run {
  at: number;
  run_id: string;
  status: 'success' | 'failed';
  rows: number;
  schema_version: string;
  message: string;
}

/** `world`: lists are in order of time. */
export interface World {
  seed: number;
  /** Rows per second at the week's average. */
  base: number;
  labelDelayMs: number;
  /** What a reset goes back to. */
  healthy: { base: number; labelDelayMs: number; deployments: Deployments };
  /** How often traffic was rewritten; gives every rewrite random numbers of its own. */
  rewrites: number;
  /** The earliest moment that differs from the healthy world; null while nothing was changed. */
  touched: number | null;
  changes: Change[];
  feeds: Feed[];
  /** Replicas asked for. */
  replicas: { from: number; count: number }[];
  streams: Stream[];
  runs: Run[];
}

/** The shape of these documents: a database of another one is seeded anew. */
export const FORMAT = 4;

/** `clock`: up to when things have been done. */
export interface Clock {
  seeded: number;
  traffic: number;
  metrics: number;
  batches: number;
  retention: number;
  /** Requests that wait before the servers. */
  queue: number;
}

export type SlotName = 'blue' | 'green';

/** `slots` */
export interface Slots {
  blue: string | null;
  green: string | null;
  active: SlotName;
}

/** What it takes to serve a version. */
export interface Profile {
  /** Work per prediction, where 1 is usual. */
  cost: number;
  /** Time per prediction on idle servers, where 1 is usual. */
  slowdown: number;
  size_mb: number;
  batch_size: number;
}

/** `version/<name>`: what training leaves behind. */
export interface StoredVersion {
  model: string;
  profile: Profile;
  info: Omit<ModelVersion, 'status'>;
  classifier: Classifier;
  /** Cells of each feature between the deciles of the training rows, and how many rows fell into each. */
  reference: Record<string, Cells & { counts: number[] }>;
}

/** `job/<id>` */
export interface StoredJob {
  job: TrainingJob;
  outcome: TrainingOutcome;
  /** Rows are cut when the job is accepted, so that a job that is run again after a restart uses the same. */
  training: { from: string; to: string };
  holdout: { from: string; to: string };
}

export const TRAINING_OUTCOMES = ['works', 'fails', 'does_not_help'] as const;
/** `training-outcome` */
export type TrainingOutcome = (typeof TRAINING_OUTCOMES)[number];

/** `deployments` */
export type Deployments = Deployment[];

export function iso(at: number): string {
  return new Date(at).toISOString();
}
