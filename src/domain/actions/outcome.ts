import type { ActionTaken, IncidentView } from '../incident.ts';
import type { PastAction } from '../past-action.ts';
import { RISKY_ACTIONS } from './catalogue.ts';
import type { ActionRecord, ActionState } from './record.ts';

const STATUS: Record<ActionState, ActionTaken['status']> = {
  proposed: 'running',
  awaiting: 'awaiting_approval',
  approved: 'running',
  running: 'running',
  done: 'completed',
  verifying: 'completed',
  verified: 'completed',
  not_helped: 'completed',
  denied: 'denied',
  expired: 'skipped',
  withdrawn: 'skipped',
  skipped: 'skipped',
  failed: 'failed',
};

const CHECK_STATUS = {
  running: 'running',
  passed: 'completed',
  failed: 'failed',
  skipped: 'skipped',
} as const;

/** Everything that an incident did, oldest first: actions, their checks, and the messages around them (design §2). */
export function actionsTaken(view: Pick<IncidentView, 'actions' | 'log'>, url?: string): ActionTaken[] {
  const taken = view.actions.flatMap((record) => [
    {
      action: record.action as ActionTaken['action'],
      status: isOnlyRecorded(record) ? ('recorded' as const) : STATUS[record.state],
      details: record.details,
      at: record.done_at ?? record.at,
      ...(record.approval && url && { approval_url: url }),
    },
    ...record.checks.map(({ check, state, details, at }) => ({
      action: check,
      status: CHECK_STATUS[state],
      details,
      at,
    })),
  ]);
  return [...taken, ...view.log].sort((a, b) => a.at.localeCompare(b.at));
}

/** Its message went to the outbox: kept, not sent. */
function isOnlyRecorded({ state, result }: ActionRecord): boolean {
  return state === 'done' && (result as { status?: string } | null)?.status === 'recorded';
}

/**
 * The end of each risky action of an incident, oldest first, as later incidents remember it: denied by a person, failed, without
 * the hoped-for effect, or done.
 */
export function pastActionsOf(view: Pick<IncidentView, 'incident_id' | 'actions'>): PastAction[] {
  const { incident_id } = view;
  const past = view.actions
    .filter(({ action }) => RISKY_ACTIONS.some((risky) => risky === action))
    .flatMap((record): PastAction[] => {
      const { action, state, details, at } = record;
      const denials = record.decisions
        .filter(({ counted, decision }) => counted && decision === 'deny')
        .map((d) => ({
          incident_id,
          at: d.at,
          action,
          outcome: 'denied' as const,
          details: `denied by ${d.by}: ${d.reason}`,
        }));
      const failedCheck = record.checks.findLast((check) => check.state === 'failed');
      if (state === 'not_helped')
        return [
          ...denials,
          { incident_id, at, action, outcome: 'did_not_help', details: failedCheck?.details ?? details },
        ];
      if (state === 'failed') return [...denials, { incident_id, at, action, outcome: 'failed', details }];
      if (state === 'done' || state === 'verifying' || state === 'verified')
        return [...denials, { incident_id, at, action, outcome: 'completed', details }];
      return denials;
    });
  return past.sort((a, b) => a.at.localeCompare(b.at));
}
