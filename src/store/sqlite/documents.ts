import type { DatabaseSync } from 'node:sqlite';
import type { Store } from '../port.ts';

type Documents = Pick<Store, 'monitorState' | 'saveMonitorState' | 'document' | 'putDocument'>;

/** The Monitor's memory between polls, and things computed once. */
export function documentStore(db: DatabaseSync): Documents {
  const state = db.prepare('SELECT state FROM monitor_state WHERE component = ?');
  const putState = db.prepare(
    'INSERT INTO monitor_state VALUES (?, ?) ON CONFLICT (component) DO UPDATE SET state = excluded.state',
  );
  const document = db.prepare('SELECT value FROM documents WHERE key = ?');
  const put = db.prepare(
    'INSERT INTO documents VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  return {
    async monitorState(component) {
      const row = state.get(component) as { state: string } | undefined;
      return row ? JSON.parse(row.state) : {};
    },
    async saveMonitorState(component, value) {
      putState.run(component, JSON.stringify(value));
    },
    async document<T>(key: string) {
      const row = document.get(key) as { value: string } | undefined;
      return row ? (JSON.parse(row.value) as T) : null;
    },
    async putDocument(key, value) {
      put.run(key, JSON.stringify(value));
    },
  };
}
