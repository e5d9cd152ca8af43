import type { Capability } from './component-status.ts';

/**
 * Kinds of system that policy may name, and the capabilities that each offers. A new platform is a row here and a folder of
 * its name in src/platform.
 */
export const SYSTEM_KINDS = {
  http: ['registry', 'trainer', 'pipelines', 'serving'],
  snowflake: ['pipelines'],
} as const satisfies Record<string, readonly Capability[]>;
export type SystemKind = keyof typeof SYSTEM_KINDS;

/** A named connection of the policy. `url` is used by `http`; without one it is AGENTOPS_PLATFORM_URL. */
export interface System {
  kind: SystemKind;
  url?: string | undefined;
}

/** The systems of a policy that names none. */
export const DEFAULT_SYSTEMS: Record<string, System> = {
  platform: { kind: 'http' },
  snowflake: { kind: 'snowflake' },
};

/** In policy, instead of a system: the component does without this capability. */
export const NO_SYSTEM = 'none';
