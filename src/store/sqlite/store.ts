import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BUSY_TIMEOUT_MS, useWal } from '../../database/sqlite/wal.ts';
import type { Store } from '../port.ts';
import { alertStore } from './alerts.ts';
import { countStore } from './counts.ts';
import { documentStore } from './documents.ts';
import { evidenceStore } from './evidence.ts';
import { incidentStore } from './incidents.ts';
import { investigationStore } from './investigations.ts';
import { migrate } from './migrations.ts';
import { outboxStore } from './outbox.ts';
import { tokenStore } from './tokens.ts';

/**
 * Opens the store in one SQLite file (`:memory:` for tests), creating and migrating it as needed. Several processes of one
 * host may have it open at once (WAL): readers never wait, writers wait for each other.
 */
export function openSqliteStore(path: string): Store {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    useWal(db);
    migrate(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    ...incidentStore(db),
    ...alertStore(db),
    ...evidenceStore(db),
    ...investigationStore(db),
    ...outboxStore(db),
    ...documentStore(db),
    ...tokenStore(db),
    ...countStore(db),
    async ping() {
      db.prepare('SELECT 1 FROM migrations').get();
    },
    close() {
      if (db.isOpen) db.close();
    },
  };
}
