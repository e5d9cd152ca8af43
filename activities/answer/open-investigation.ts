import type { AnswerActivities } from '../../workflows/contracts/answer.ts';
import type { AnswerDeps } from './deps.ts';

const MEMORY_MS = 7 * 24 * 3_600_000;

/** Writes a question's first view, and finds the incident that is open on its component. Idempotent by its id. */
export function openInvestigation(deps: AnswerDeps): AnswerActivities['open_investigation'] {
  const { store, publicUrl, now } = deps;
  return async (view) => {
    await store.openInvestigation(view);
    const { component } = view;
    const [newest] = await store.incidents({ component, limit: 1 });
    return {
      incidentId: newest && newest.closed_at === null ? newest.incident_id : null,
      pastActions: await store.pastActions(component, new Date(now().getTime() - MEMORY_MS)),
      publicUrl,
    };
  };
}
