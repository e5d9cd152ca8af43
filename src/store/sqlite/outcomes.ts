import { RISKY_ACTIONS } from '../../domain/catalogue.ts';
import type { ActionTaken, IncidentView } from '../../domain/incident.ts';
import type { PastOutcome } from '../port.ts';

/** What a failed check says about the last action of these kinds before it. */
const JUDGED_BY: Partial<Record<ActionTaken['action'], readonly string[]>> = {
  evaluation_gate: ['retrain_model'],
  watch_health: ['deploy_model', 'rollback_model'],
  verify: RISKY_ACTIONS,
};

/**
 * What became of an incident's risky actions, oldest first: denied by a person, failed, without the hoped-for effect (the
 * gate, the watch or the verification after it failed), or done.
 */
export function outcomesOf(view: IncidentView): PastOutcome[] {
  const outcome = (at: string, action: string, result: PastOutcome['outcome'], details: string) => ({
    incident_id: view.incident_id,
    at,
    action,
    outcome: result,
    details,
  });
  const denials = view.approvals
    .filter((approval) => approval.status === 'denied')
    .map(({ decided_at, requested_at, action, decided_by, reason }) =>
      outcome(decided_at ?? requested_at, action, 'denied', `denied by ${decided_by}: ${reason}`),
    );
  const actions: PastOutcome[] = [];
  for (const { action, status, at, details } of view.actions) {
    const judged = JUDGED_BY[action];
    if (judged && status === 'failed') {
      const blamed = actions.findLast((earlier) => judged.includes(earlier.action));
      if (blamed) Object.assign(blamed, { outcome: 'did_not_help', details });
    } else if (RISKY_ACTIONS.some((risky) => risky === action)) {
      if (status === 'failed' || status === 'completed') actions.push(outcome(at, action, status, details));
    }
  }
  return [...denials, ...actions].sort((a, b) => a.at.localeCompare(b.at));
}
