import type { DatabaseSync } from 'node:sqlite';
import type { Store } from '../port.ts';

/** Figures for metrics, counted anew each time. */
export function countStore(db: DatabaseSync): Pick<Store, 'counts'> {
  // These two alone may be open; the view is only read of those.
  const open = db.prepare(
    `SELECT status, count(*) AS n FROM incidents
     WHERE status IN ('in_progress', 'escalated') AND view ->> '$.phase' <> 'closed' GROUP BY status`,
  );
  const alerts = db.prepare('SELECT count(*) AS n FROM alerts');
  return {
    async counts() {
      const rows = open.all() as { status: string; n: number }[];
      return {
        openIncidents: {
          in_progress: 0,
          escalated: 0,
          ...Object.fromEntries(rows.map(({ status, n }) => [status, n])),
        },
        alerts: (alerts.get() as { n: number }).n,
      };
    },
  };
}
