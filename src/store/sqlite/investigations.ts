import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../database/sqlite/transaction.ts';
import type { InvestigationEvent, InvestigationView } from '../../domain/investigation.ts';
import type { Store } from '../port.ts';

type Investigations = Pick<
  Store,
  | 'openInvestigation'
  | 'recordInvestigation'
  | 'investigation'
  | 'investigations'
  | 'beginAnswer'
  | 'addToAnswer'
  | 'investigationEvents'
>;

const viewOf = (row: unknown) => JSON.parse((row as { view: string }).view) as InvestigationView;

/** Questions of people, and the numbered events of each: its progress and the pieces of its answer. */
export function investigationStore(db: DatabaseSync): Investigations {
  const open = db.prepare(
    `INSERT INTO investigations (investigation_id, component, finished, asked_at, attempt, view)
     VALUES (?, ?, 0, ?, 0, ?) ON CONFLICT DO NOTHING`,
  );
  const one = db.prepare('SELECT view FROM investigations WHERE investigation_id = ?');
  const many = db.prepare(
    `SELECT view FROM investigations WHERE (?1 IS NULL OR component = ?1) AND (?2 IS NULL OR finished = ?2)
     ORDER BY asked_at DESC, rowid DESC LIMIT ?3`,
  );
  const update = db.prepare('UPDATE investigations SET finished = ?, view = ? WHERE investigation_id = ?');
  const setAttempt = db.prepare('UPDATE investigations SET attempt = ? WHERE investigation_id = ?');
  const current = db.prepare('SELECT attempt FROM investigations WHERE investigation_id = ?');
  const said = db.prepare(
    `SELECT 1 FROM investigation_events
     WHERE investigation_id = ? AND event ->> 'type' = 'piece' AND event ->> 'attempt' = ?`,
  );
  const addEvent = db.prepare(
    'INSERT INTO investigation_events (investigation_id, key, event) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const eventsAfter = db.prepare(
    'SELECT id, event FROM investigation_events WHERE investigation_id = ? AND id > ? ORDER BY id',
  );
  const add = (id: string, key: string | null, event: InvestigationEvent) =>
    addEvent.run(id, key, JSON.stringify(event));

  return {
    async openInvestigation(view) {
      open.run(view.investigation_id, view.component, view.asked_at, JSON.stringify(view));
    },

    async recordInvestigation(patch, events) {
      transaction(db, () => {
        const row = one.get(patch.investigation_id);
        if (!row) throw new RangeError(`expected an opened investigation, got ${patch.investigation_id}`);
        const before = viewOf(row);
        if (before.run_id === patch.run_id && before.version >= patch.version) return;
        const view = { ...before, ...patch };
        update.run(view.finished_at === null ? 0 : 1, JSON.stringify(view), view.investigation_id);
        events.forEach((event, position) => {
          const key = `${view.run_id}:${view.version}:${position}`;
          add(view.investigation_id, key, { type: 'progress', ...event });
        });
      });
    },

    async investigation(id) {
      const row = one.get(id);
      return row ? viewOf(row) : null;
    },

    async investigations({ component, finished, limit = 50 } = {}) {
      return many.all(component ?? null, finished === undefined ? null : Number(finished), limit).map(viewOf);
    },

    beginAnswer: (async (id: string, why: string, instead?: number) =>
      transaction(db, () => {
        const row = current.get(id) as { attempt: number } | undefined;
        if (!row) throw new RangeError(`expected an opened investigation, got ${id}`);
        if (instead !== undefined && instead !== row.attempt) return null;
        const next = row.attempt + 1;
        setAttempt.run(next, id);
        if (said.get(id, row.attempt)) add(id, null, { type: 'reset', attempt: next, why });
        return next;
      })) as Store['beginAnswer'],

    async addToAnswer(id, event) {
      return transaction(db, () => {
        const row = current.get(id) as { attempt: number } | undefined;
        if (row?.attempt !== event.attempt) return false;
        add(id, null, event);
        return true;
      });
    },

    async investigationEvents(id, after = 0) {
      return (eventsAfter.all(id, after) as { id: number; event: string }[]).map(({ id: number, event }) => ({
        id: number,
        event: JSON.parse(event) as InvestigationEvent,
      }));
    },
  };
}
