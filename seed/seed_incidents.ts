import type { Database } from '../src/sandbox/database.ts';
import { duckdbDialect } from '../src/warehouse/dialect.ts';
import type { IncidentRow } from '../src/warehouse/port.ts';
import { createStatements } from '../src/warehouse/statements.ts';
import type { History } from './history.ts';

type Past = [
  date: string,
  type: string,
  severity: string,
  cause: string,
  resolution: string,
  minutes: number,
];

/** Incidents of the past year; the reports in `incidents/` tell the stories of some. */
const PAST: Past[] = [
  [
    '2026-01-15',
    'model_drift',
    'critical',
    'Card vendor changed its API and sent V14 on another scale',
    'Vendor schema pinned, classifier retrained on rows after the change and deployed',
    190,
  ],
  [
    '2026-02-03',
    'latency',
    'critical',
    'Batch size was raised to 512 while two replicas were out of memory',
    'Batch size back to 64, two replicas added',
    75,
  ],
  [
    '2026-02-21',
    'data_quality',
    'warning',
    'Loader sent amount as text for one merchant group',
    'Loader fixed, hour loaded again',
    130,
  ],
  [
    '2026-03-09',
    'anomaly_spike',
    'critical',
    'Card-testing attack on small amounts',
    'Merchant blocked, flags confirmed by analysts',
    240,
  ],
  [
    '2026-03-28',
    'data_quality',
    'critical',
    'Source feed was down after a certificate expired',
    'Vendor renewed the certificate, missing hours loaded',
    310,
  ],
  [
    '2026-04-17',
    'accuracy_drop',
    'critical',
    'Labels of one week were joined to the wrong transactions before training',
    'Rolled back to the version before, training data rebuilt',
    420,
  ],
  [
    '2026-05-06',
    'data_quality',
    'warning',
    'Pipeline loaded the same hour twice after a retry',
    'Duplicates removed, load made idempotent',
    95,
  ],
  ['2026-05-29', 'latency', 'warning', 'A sale doubled the traffic', 'Two replicas added for the week', 50],
  [
    '2026-06-18',
    'model_drift',
    'warning',
    'Summer travel moved amount and V3',
    'No action: seasonal, gone by September',
    60,
  ],
  [
    '2026-07-08',
    'accuracy_drop',
    'critical',
    'New fraud pattern that the model had not seen',
    'Retrained on six weeks of labels',
    1440,
  ],
  [
    '2026-07-30',
    'latency',
    'critical',
    'New version was four times as large',
    'Rolled back, model pruned',
    85,
  ],
  [
    '2026-08-22',
    'accuracy_drop',
    'critical',
    'New version had been validated on rows it was trained on',
    'Rolled back, holdout rule enforced',
    140,
  ],
  [
    '2026-09-14',
    'data_quality',
    'critical',
    'Pipeline failed on a full disk',
    'Disk enlarged, run repeated',
    110,
  ],
  [
    '2026-10-02',
    'latency',
    'warning',
    'Memory leak in the feature cache',
    'Replicas restarted, cache bounded',
    65,
  ],
  [
    '2026-10-20',
    'model_drift',
    'critical',
    'Card vendor rescaled V17 in a minor release',
    'Retrained on rows after the change',
    205,
  ],
];

/** INCIDENTS: the past year's, and the one that belongs to the event in the seeded history. */
export async function seedIncidents(database: Database, history: History): Promise<void> {
  const { saveIncident } = createStatements(duckdbDialect);
  const event = new Date(history.event.from).toISOString();
  const rows: IncidentRow[] = PAST.map(([date, alert_type, severity, root_cause, resolution, minutes]) => ({
    incident_id: `INC-${date.slice(0, 4)}-${date.slice(5, 7)}${date.slice(8)}`,
    timestamp: `${date}T09:12:00.000Z`,
    alert_type,
    severity,
    root_cause,
    resolution,
    duration_minutes: minutes,
  }));
  rows.push({
    incident_id: `INC-${event.slice(0, 4)}-${event.slice(5, 7)}${event.slice(8, 10)}`,
    timestamp: event,
    alert_type: 'model_drift',
    severity: 'critical',
    root_cause: 'Card vendor release 2026.10.0 changed the scale of V14 and V17',
    resolution: 'Vendor took the release back after 18 hours',
    duration_minutes: (history.event.to - history.event.from) / 60_000,
  });
  const past = rows.filter((row) => Date.parse(row.timestamp) < history.now);
  await database.write(async (tx) => {
    for (const row of past) {
      const { sql, params } = saveIncident(row);
      await tx.run(sql, params);
    }
  });
}
