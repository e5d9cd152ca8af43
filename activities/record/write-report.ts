import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import { incidentReport } from '../../src/knowledge/documents/report.ts';
import type { RecordActivities } from '../../workflows/contracts/record.ts';
import { permanentErrorsFail } from '../permanent.ts';
import type { RecordDeps } from './deps.ts';

/** Writes a closed incident into the warehouse and its report into the knowledge base. Replaces what it wrote before. */
export function writeReport({ store, warehouse, knowledge }: RecordDeps): RecordActivities['write_report'] {
  return (incidentId) =>
    permanentErrorsFail(async () => {
      const view = await store.incident(incidentId);
      if (!view)
        throw ApplicationFailure.nonRetryable(`no incident ${incidentId} in the store`, 'UnknownIncident');
      const ended = new Date(view.closed_at ?? view.updated_at).getTime();
      await warehouse.saveIncident(
        {
          incident_id: view.incident_id,
          timestamp: view.opened_at,
          alert_type: view.alert_type,
          severity: view.severity,
          root_cause: view.diagnosis?.root_cause ?? 'not diagnosed',
          resolution: view.status,
          duration_minutes: (ended - new Date(view.opened_at).getTime()) / 60_000,
        },
        cancellationSignal(),
      );
      const report = incidentReport(view, await store.events(incidentId), await store.evidenceOf(incidentId));
      await knowledge.put(report.file, report.content);
      return { file: report.file };
    });
}
