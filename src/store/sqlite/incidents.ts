import type { DatabaseSync } from 'node:sqlite';
import { nextNumber, transaction, utcDay } from '../../database/sqlite/transaction.ts';
import { pastActionsOf } from '../../domain/actions/outcome.ts';
import type { IncidentView, TraceEvent } from '../../domain/incident.ts';
import type { Store, StoredEvent } from '../port.ts';

type Incidents = Pick<
  Store,
  | 'allotIncident'
  | 'record'
  | 'incident'
  | 'incidents'
  | 'events'
  | 'eventsAfter'
  | 'findApproval'
  | 'pastActions'
>;

interface EventRow {
  id: number;
  incident_id: string;
  version: number;
  event: string;
}

const viewOf = (row: unknown) => JSON.parse((row as { view: string }).view) as IncidentView;

function eventOf(row: unknown): StoredEvent {
  const { event, ...keys } = row as EventRow;
  return { ...(JSON.parse(event) as TraceEvent), ...keys };
}

/** Incidents, their numbered events and the index of approvals. */
export function incidentStore(db: DatabaseSync): Incidents {
  const allotted = db.prepare(
    'SELECT incident_id FROM incident_ids WHERE workflow_id = ? AND original_run_id = ?',
  );
  const allot = db.prepare('INSERT INTO incident_ids VALUES (?, ?, ?, ?)');
  const one = db.prepare('SELECT view FROM incidents WHERE incident_id = ?');
  const many = db.prepare(
    `SELECT view FROM incidents WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR component = ?2)
     ORDER BY opened_at DESC, rowid DESC LIMIT ?3`,
  );
  const touched = db.prepare(
    'SELECT view FROM incidents WHERE component = ? AND updated_at >= ? ORDER BY opened_at DESC, rowid DESC',
  );
  const upsert = db.prepare(
    `INSERT INTO incidents (incident_id, component, status, opened_at, updated_at, run_number, version, view)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (incident_id) DO UPDATE SET
       component = excluded.component, status = excluded.status, opened_at = excluded.opened_at,
       updated_at = excluded.updated_at, run_number = excluded.run_number,
       version = excluded.version, view = excluded.view
     WHERE (excluded.run_number, excluded.version) > (run_number, version)`,
  );
  const addRun = db.prepare('INSERT INTO runs (run_id) VALUES (?) ON CONFLICT DO NOTHING');
  const runNumber = db.prepare('SELECT number FROM runs WHERE run_id = ?');
  const addEvent = db.prepare(
    'INSERT INTO events (incident_id, run_id, version, position, event) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const addApproval = db.prepare('INSERT INTO approvals VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const approval = db.prepare('SELECT incident_id, step FROM approvals WHERE approval_id = ?');
  const eventColumns = 'id, incident_id, version, event';
  const eventsOf = db.prepare(`SELECT ${eventColumns} FROM events WHERE incident_id = ? ORDER BY id`);
  const eventsFrom = db.prepare(`SELECT ${eventColumns} FROM events WHERE id > ? ORDER BY id LIMIT ?`);

  return {
    async allotIncident(workflowId, originalRunId, at) {
      return transaction(db, () => {
        const known = allotted.get(workflowId, originalRunId) as { incident_id: string } | undefined;
        if (known) return known.incident_id;
        const day = utcDay(at);
        const n = nextNumber(db, `incident:${day}`);
        const [year, month, date] = day.split('-');
        const id = `INC-${year}-${month}${date}${n > 1 ? `-${n}` : ''}`;
        allot.run(workflowId, originalRunId, id, at.toISOString());
        return id;
      });
    },

    async record(view, events) {
      transaction(db, () => {
        addRun.run(view.run_id);
        const { number } = runNumber.get(view.run_id) as { number: number };
        upsert.run(
          view.incident_id,
          view.component,
          view.status,
          view.opened_at,
          view.updated_at,
          number,
          view.version,
          JSON.stringify(view),
        );
        for (const { action_id, approval } of view.actions)
          if (approval) addApproval.run(approval.approval_id, view.incident_id, action_id);
        events.forEach((event, position) => {
          addEvent.run(view.incident_id, view.run_id, view.version, position, JSON.stringify(event));
        });
      });
    },

    async incident(id) {
      const row = one.get(id);
      return row ? viewOf(row) : null;
    },

    async incidents({ status, component, limit = 50 } = {}) {
      return many.all(status ?? null, component ?? null, limit).map(viewOf);
    },

    async events(incidentId) {
      return eventsOf.all(incidentId).map(eventOf);
    },

    async eventsAfter(id, limit = 500) {
      return eventsFrom.all(id, limit).map(eventOf);
    },

    async findApproval(approvalId) {
      const found = approval.get(approvalId) as { incident_id: string; step: string } | undefined;
      if (!found) return null;
      const { actions } = viewOf(one.get(found.incident_id));
      // Of a reset run, which may have proposed the action again, as of an edit: the action's present approval counts.
      const present = actions.find(({ action_id }) => action_id === found.step)?.approval?.approval_id;
      const isPresent = present === undefined || present === approvalId;
      return { incident_id: found.incident_id, replaced_by: isPresent ? null : present };
    },

    async pastActions(component, since) {
      return touched
        .all(component, since.toISOString())
        .flatMap((row) => pastActionsOf(viewOf(row)))
        .filter((past) => Date.parse(past.at) >= since.getTime());
    },
  };
}
