import { z } from 'zod';

/** What a component's systems can do for it; policy names the system for each (design §6). */
export const CAPABILITIES = ['registry', 'trainer', 'pipelines', 'serving'] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** A system as a card shows it. The address is compared before the call: a name that points elsewhere by then is refused. */
export const SystemReference = z.strictObject({ name: z.string(), address: z.string() });
export type SystemReference = z.infer<typeof SystemReference>;

/** How one pipeline of a component is run, and how its last run ended. */
export interface PipelineStatus {
  name: string;
  system: SystemReference;
  /** The runner's own name for it; null where it is the pipeline's. */
  job: string | null;
  /** Models whose rows it brings or fills in. */
  feeds: readonly string[];
  lastStatus: string;
  lastRunAt: string | null;
}

/** A component as its systems show it now: the facts that an action's parameters are resolved from. */
export interface ComponentStatus {
  model: string;
  registry: {
    system: SystemReference;
    activeVersion: string;
    /** The version that the active one was deployed over, if the registry still has it: where a rollback goes. */
    previousVersion: string | null;
    /** F1 of the active version on its own holdout when it was trained. */
    baselineF1: number;
  } | null;
  trainer: { system: SystemReference } | null;
  pipelines: PipelineStatus[] | null;
  serving: {
    system: SystemReference;
    replicas: number;
    /** 0..1 */
    cpu: number;
    /** Requests that wait. */
    queue: number;
  } | null;
}

/** Why a capability is missing, in words for people. */
export function missing(component: string, capability: Capability): string {
  return `${component} has no ${capability === 'pipelines' ? 'pipeline' : capability} (policy, components.${component})`;
}
