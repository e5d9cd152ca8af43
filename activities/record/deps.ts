import type { PolicyVersions } from '../../src/config/policy-versions.ts';
import type { Knowledge } from '../../src/knowledge/port.ts';
import type { Store } from '../../src/store/port.ts';
import type { Warehouse } from '../../src/warehouse/port.ts';

/** What the recording activities close over. */
export interface RecordDeps {
  store: Store;
  warehouse: Warehouse;
  knowledge: Knowledge;
  policies: Pick<PolicyVersions, 'keep'>;
  publicUrl: string;
  /** Whether AgentOps* search attributes could be registered. */
  searchAttributes: boolean;
  now: () => Date;
}
