import type { RecordActivities } from '../../workflows/contracts/record.ts';
import type { RecordDeps } from './deps.ts';
import { openIncident } from './open-incident.ts';
import { recordIncident } from './record-incident.ts';
import { writeReport } from './write-report.ts';

export type { RecordDeps } from './deps.ts';

/** The bookkeeping of incidents, under the names that Temporal shows. */
export function recordActivities(deps: RecordDeps): RecordActivities {
  return {
    open_incident: openIncident(deps),
    record_incident: recordIncident(deps),
    write_report: writeReport(deps),
  };
}
