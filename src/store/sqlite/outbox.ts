import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../database/sqlite/transaction.ts';
import type { OutgoingMessage } from '../../domain/messages.ts';
import type { Store } from '../port.ts';

interface Row {
  id: number;
  at: string;
  message: string;
}

const refOf = (id: number) => `outbox-${id}`;

/** Messages that nobody sends: kept, numbered and shown. */
export function outboxStore(db: DatabaseSync): Pick<Store, 'putOutbox' | 'outbox'> {
  const put = db.prepare('INSERT INTO outbox (key, incident_id, at, message) VALUES (?, ?, ?, ?)');
  const byKey = db.prepare('SELECT id FROM outbox WHERE key = ?');
  const list = db.prepare(
    'SELECT id, at, message FROM outbox WHERE (?1 IS NULL OR incident_id = ?1) ORDER BY id DESC LIMIT ?2',
  );
  return {
    async putOutbox(message, at) {
      const id = transaction(db, () => {
        const known = byKey.get(message.key) as { id: number } | undefined;
        if (known) return known.id;
        return put.run(message.key, message.incident_id, at.toISOString(), JSON.stringify(message))
          .lastInsertRowid as number;
      });
      return { ref: refOf(id), status: 'recorded', url: null };
    },
    /** Oldest first; `limit` keeps the newest. */
    async outbox({ incident_id, limit = 100 } = {}) {
      return (list.all(incident_id ?? null, limit) as unknown as Row[])
        .reverse()
        .map(({ id, at, message }) => {
          const said = JSON.parse(message) as OutgoingMessage;
          return {
            ...said,
            id,
            ref: refOf(id),
            at,
            status: 'recorded',
            ...(said.ref && { about: said.ref }),
          };
        });
    },
  };
}
