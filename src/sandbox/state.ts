import type { Deployment, ModelVersion, TrainingJob } from '../platform/schemas.ts';
import type { Classifier } from './classifier.ts';
import type { SourceChange } from './world.ts';

/** The sandbox's documents (see Database): their names and shapes. Times are milliseconds since the epoch. */

/** `world` */
export interface World {
  seed: number;
  /** Rows per second at the week's average. */
  base: number;
  /** Rows a second of live traffic, where it differs from `base`. */
  live: number | null;
  labelDelayMs: number;
  /** What a reset goes back to. */
  healthy: { base: number; labelDelayMs: number };
  /** How often traffic was rewritten; gives every rewrite random numbers of its own. */
  rewrites: number;
  changes: SourceChange[];
  feed: { schema_version: string; release: string };
}

/** `clock`: up to when things have been done. */
export interface Clock {
  seeded: number;
  traffic: number;
  metrics: number;
  batches: number;
  retention: number;
}

export type SlotName = 'blue' | 'green';

/** `slots` */
export interface Slots {
  blue: string | null;
  green: string | null;
  active: SlotName;
}

/** `version/<name>`: what training leaves behind. */
export interface StoredVersion {
  info: Omit<ModelVersion, 'status'>;
  classifier: Classifier;
  /** Quantile edges of each feature over the training rows, and how many rows fell into each bin. */
  reference: Record<string, { edges: number[]; counts: number[] }>;
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
