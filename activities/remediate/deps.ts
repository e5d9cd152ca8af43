import type { Connectors } from '../../src/connectors/port.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Platform } from '../../src/platform/port.ts';
import type { PipelineTasks } from '../../src/platform/snowflake/tasks.ts';

/** What the Remediator's tools close over. */
export interface RemediateDeps {
  platform: Platform;
  /** Null, or left out: every pipeline is the platform's to rerun. */
  tasks?: PipelineTasks | null;
  connectors: Connectors;
  policy: () => Policy;
  publicUrl: string;
}

/** The name under which the platform records who did something; the person who approved it is in the incident. */
export const ACTOR = 'agentops';
