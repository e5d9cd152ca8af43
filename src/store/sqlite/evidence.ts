import type { DatabaseSync } from 'node:sqlite';
import type { Evidence } from '../../domain/evidence.ts';
import type { Store } from '../port.ts';

const evidenceOfRow = (row: unknown) => JSON.parse((row as { evidence: string }).evidence) as Evidence;

/** Evidence items as JSON text. A retried tool replaces what its first attempt stored: the workflow knows only the last answer. */
export function evidenceStore(db: DatabaseSync): Pick<Store, 'saveEvidence' | 'evidence' | 'evidenceOf'> {
  const put = db.prepare(
    `INSERT INTO evidence (id, incident_id, at, evidence) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET incident_id = excluded.incident_id, at = excluded.at, evidence = excluded.evidence`,
  );
  const byIds = db.prepare(
    `SELECT evidence FROM evidence WHERE id IN (SELECT value FROM json_each(?)) ORDER BY at, rowid`,
  );
  const byIncident = db.prepare('SELECT evidence FROM evidence WHERE incident_id = ? ORDER BY at, rowid');
  return {
    async saveEvidence(evidence) {
      put.run(evidence.id, evidence.incident_id, evidence.at, JSON.stringify(evidence));
    },
    async evidence(ids) {
      return byIds.all(JSON.stringify(ids)).map(evidenceOfRow);
    },
    async evidenceOf(incidentId) {
      return byIncident.all(incidentId).map(evidenceOfRow);
    },
  };
}
