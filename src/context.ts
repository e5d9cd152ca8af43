import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { TASK_QUEUE } from '../workflows/names.ts';
import type { Config } from './config/config.ts';
import { openPolicy, type PolicyFile } from './config/policy-file.ts';
import { createPolicyVersions, type PolicyVersions } from './config/policy-versions.ts';
import { readOrCreateSecret } from './config/secrets.ts';
import { openConnectors } from './connectors/open.ts';
import type { Connectors } from './connectors/port.ts';
import { createIntake, type Intake } from './intake/deliver.ts';
import { openKnowledge } from './knowledge/open.ts';
import type { Knowledge } from './knowledge/port.ts';
import { openPlatforms, type Platforms } from './platform/open.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/port.ts';
import { openWarehouse } from './warehouse/open.ts';
import type { Warehouse } from './warehouse/port.ts';

/** The ports of one process, chosen by its configuration. The worker and the API share this. */
export interface Context {
  policy: PolicyFile;
  policies: PolicyVersions;
  store: Store;
  knowledge: Knowledge;
  connectors: Connectors;
  /** Connects when it is first asked. */
  warehouse: Warehouse;
  /** Each system connects when it is first asked. */
  platforms: Platforms;
  now: () => Date;
  /** The way of alerts into incidents, over the given client. */
  intake(client: Client, attributesUsable: boolean | (() => boolean)): Intake;
  /** Closes all of them. */
  close(): Promise<void>;
}

/** @throws ConfigError when the policy file cannot be read or is refused; Error when the store cannot be opened */
export function createContext(config: Config, log: Logger): Context {
  const policy = openPolicy(config, log);
  const now = () => new Date();
  const store = openStore(config);
  const knowledge = openKnowledge(config, (line) => log.info(line));
  const token = config.warehouse.token ?? readOrCreateSecret(config.dataDir, 'warehouse-token');
  const warehouse = openWarehouse(config, token);
  const platforms = openPlatforms(config, () => policy.current().systems);
  return {
    policy,
    policies: createPolicyVersions(policy, store),
    store,
    knowledge,
    connectors: openConnectors(store, now),
    warehouse,
    platforms,
    now,
    intake: (client, attributesUsable) =>
      createIntake({
        client,
        environment: config.environment,
        taskQueue: TASK_QUEUE,
        attributesUsable,
        components: () => policy.current().components,
      }),
    async close() {
      policy.close();
      await warehouse.close();
      await platforms.close();
      knowledge.close();
      store.close();
    },
  };
}
