import { activityInfo } from '@temporalio/activity';
import { applyPatch } from '../../src/domain/incident-patch.ts';
import type { RecordActivities } from '../../workflows/contracts/record.ts';
import type { RecordDeps } from './deps.ts';

/** Adds a change to the view that the store has. Idempotent: a version that is there already is not written again. */
export function recordIncident({ store }: Pick<RecordDeps, 'store'>): RecordActivities['record_incident'] {
  return async (change, events) => {
    const { runId } = activityInfo().workflowExecution!;
    if ('view' in change) {
      await store.record(change.view, events);
      return { runId, complete: true };
    }
    const { patch } = change;
    const before = await store.incident(patch.incident_id);
    if (!before || before.run_id !== patch.run_id || before.version < patch.version - 1) {
      return { runId, complete: false };
    }
    if (before.version === patch.version - 1) await store.record(applyPatch(before, patch), events);
    return { runId, complete: true };
  };
}
