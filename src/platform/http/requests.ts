import { z } from 'zod';

/** Bodies of the HTTP API's POST requests. The model or pipeline stands in the path. */

export const TrainingRequest = z.strictObject({
  /** Only labelled rows from here on are used. */
  since: z.iso.datetime(),
  by: z.string().max(200),
  incident: z.string().nullable().default(null),
  reason: z.string().max(1000).default(''),
});
export type TrainingRequest = z.input<typeof TrainingRequest>;

export const DeployRequest = z.strictObject({
  version: z.string(),
  /** Refused with 409 when another version is active by then. */
  expected_active: z.string(),
  by: z.string().max(200),
  incident: z.string().nullable().default(null),
  reason: z.string().max(1000).default(''),
});
export type DeployRequest = z.input<typeof DeployRequest>;

/** `POST /pipelines/{name}/runs`: load a window again. The same window answers the run it already has. */
export const PipelineRunRequest = z.strictObject({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  by: z.string().max(200),
  incident: z.string().nullable().default(null),
  reason: z.string().max(1000).default(''),
});
export type PipelineRunRequest = z.input<typeof PipelineRunRequest>;

export const ScaleRequest = z.strictObject({
  replicas: z.number().int().min(1).max(64),
  /** Refused with 409 when another number runs by then. */
  expected_replicas: z.number().int(),
  by: z.string().max(200),
  incident: z.string().nullable().default(null),
  reason: z.string().max(1000).default(''),
});
export type ScaleRequest = z.input<typeof ScaleRequest>;
