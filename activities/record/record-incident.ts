import { activityInfo } from '@temporalio/activity';
import type { RecordActivities } from '../../workflows/contracts.ts';
import type { RecordDeps } from './deps.ts';

/** Adds a change to the view that the store has. Idempotent: a version that is there already is not written again. */
export function recordIncident({ store }: Pick<RecordDeps, 'store'>): RecordActivities['record_incident'] {
  return async ({ whole, view }, events) => {
    const { runId } = activityInfo().workflowExecution!;
    if (whole) {
      await store.record(view, events);
      return { runId, complete: true };
    }
    const before = await store.incident(view.incident_id);
    if (!before || before.run_id !== view.run_id || before.version < view.version - 1) {
      return { runId, complete: false };
    }
    if (before.version === view.version - 1) await store.record({ ...before, ...view }, events);
    return { runId, complete: true };
  };
}
