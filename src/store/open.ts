import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Store } from './port.ts';
import { openSqliteStore } from './sqlite/store.ts';

/** The store that is configured: a SQLite file in the data directory, made and migrated when it is missing or old. */
export function openStore({ dataDir }: Pick<Config, 'dataDir'>): Store {
  return openSqliteStore(join(dataDir, 'agentops.db'));
}
