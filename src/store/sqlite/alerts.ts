import type { DatabaseSync } from 'node:sqlite';
import { nextNumber, transaction, utcDay } from '../../database/sqlite/transaction.ts';
import { type Alert, type AlertInput, fingerprintOf } from '../../domain/alert.ts';
import type { Store } from '../port.ts';

/** `model_drift on classifier_v2: drift_score 0.45, current_f1 0.82` for alerts that say nothing in words. */
function summarise(input: AlertInput): string {
  const figures = Object.entries(input.metrics)
    .slice(0, 4)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
  return `${input.alert_type} on ${input.affected_component}${figures.length ? `: ${figures.join(', ')}` : ''}`;
}

/** Alerts as accepted. Each source has its own space of keys. */
export function alertStore(db: DatabaseSync): Pick<Store, 'acceptAlert'> {
  const known = db.prepare('SELECT alert_id FROM alerts WHERE source = ? AND source_key = ?');
  const put = db.prepare(
    `INSERT INTO alerts (alert_id, source, source_key, accepted_at, alert) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (alert_id) DO UPDATE SET alert = excluded.alert`,
  );
  return {
    async acceptAlert(input, at, measurement) {
      return transaction(db, () => {
        const row = known.get(input.source, input.source_key) as { alert_id: string } | undefined;
        const day = utcDay(at);
        const alert: Alert = {
          ...input,
          alert_id:
            row?.alert_id ?? `alert_${day}_${String(nextNumber(db, `alert:${day}`)).padStart(3, '0')}`,
          fingerprint: fingerprintOf(input, measurement?.subject),
          summary: input.summary ?? measurement?.text ?? summarise(input),
          labels: input.labels ?? {},
          starts_at: input.starts_at ?? input.timestamp,
          ...(measurement && { measurement }),
        };
        put.run(alert.alert_id, alert.source, alert.source_key, at.toISOString(), JSON.stringify(alert));
        return alert;
      });
    },
  };
}
