import type { Decision, Receipt, Refusal } from '../decision.ts';
import { formatDuration } from '../duration.ts';
import { approvalId } from '../keys.ts';
import type { Policy } from '../policy/policy.ts';
import { type ActionRecord, type ApprovalRequest, moveTo } from './record.ts';

type Rules = Policy['approvals'];

/** Why a decision or a command does not count. */
export interface Rejection {
  type: Refusal;
  message: string;
}

/**
 * Asks people for an action, or finds the request that was made for this very action in this epoch. Pure but for `record`.
 * @param epoch binds the approval to a run: a reset renews it, continue-as-new keeps it
 */
export function requestApproval(
  record: ActionRecord,
  { incidentId, epoch, rules, now }: { incidentId: string; epoch: string; rules: Rules; now: Date },
): ApprovalRequest {
  const step = `${record.action_id}.${record.attempt}`;
  const id = approvalId(incidentId, step, [record.action, record.tool, record.params], epoch);
  if (record.approval?.approval_id === id) return record.approval;
  if (record.approval) record.replaced.push(record.approval.approval_id);
  record.approval = {
    approval_id: id,
    requested_at: now.toISOString(),
    tier: rules.tiers[0]!.name,
    tier_index: 0,
    tier_deadline: new Date(now.getTime() + rules.tier_timeout).toISOString(),
    expires_at: new Date(now.getTime() + rules.expires_after).toISOString(),
  };
  return record.approval;
}

/** The action that an approval id belongs to, or belonged to before it was replaced. */
export function actionOf(actions: readonly ActionRecord[], id: string): ActionRecord | undefined {
  return (
    actions.find(({ approval }) => approval?.approval_id === id) ??
    actions.find(({ replaced }) => replaced.includes(id))
  );
}

/**
 * Why a decision cannot count now, or null. Changes nothing, so validators and faces may ask it.
 * @param applied ids of decisions that were applied: repeating one of them is no fault
 */
export function rejectionOf(
  actions: readonly ActionRecord[],
  decision: Decision,
  rules: Rules,
  now: Date,
  applied: readonly string[] = [],
): Rejection | null {
  if (decision.decisionId !== undefined && applied.includes(decision.decisionId)) return null;
  const record = actionOf(actions, decision.approvalId);
  if (!record) {
    const open = actions
      .filter(({ state }) => state === 'awaiting')
      .map(({ approval }) => approval!.approval_id);
    const hint = open.length > 0 ? `open here: ${open.join(', ')}` : 'none is open here';
    return {
      type: 'UnknownApproval',
      message: `no approval "${decision.approvalId}" in this incident; ${hint}`,
    };
  }
  const approval = record.approval!;
  if (approval.approval_id !== decision.approvalId)
    return {
      type: 'ReplacedApproval',
      message: `replaced by ${approval.approval_id}: look at that one and decide it`,
    };
  const ended = endOf(record, now);
  if (ended) return { type: 'AlreadyDecided', message: ended };
  const earlier = record.decisions.find(
    ({ by, counted, approval_id }) => counted && by === decision.by && approval_id === approval.approval_id,
  );
  if (earlier)
    return { type: 'AlreadyDecided', message: `${decision.by} has decided already: ${earlier.decision}` };
  return notForThisTier(approval, decision.by, rules);
}

function notForThisTier(approval: ApprovalRequest, by: string, rules: Rules): Rejection | null {
  const asked = rules.tiers.slice(0, approval.tier_index + 1);
  const named = asked.flatMap((tier) => tier.approvers);
  if (!asked.every((tier) => tier.approvers.length > 0) || named.includes(by)) return null;
  return {
    type: 'NotForThisTier',
    message: `${by} may not decide this now: asked are ${named.join(', ')} (${approval.tier})`,
  };
}

/** Why an approval is not open any more, in words; null while it is. */
function endOf(record: ActionRecord, now: Date): string | null {
  const { approval, state, decisions, details } = record;
  if (state === 'awaiting') {
    return now >= new Date(approval!.expires_at) ? `expired at ${approval!.expires_at}: nothing runs` : null;
  }
  const last = decisions.findLast(
    ({ counted, approval_id }) => counted && approval_id === approval!.approval_id,
  );
  if (last) {
    const ago = formatDuration(Math.max(0, now.getTime() - new Date(last.at).getTime()));
    return `already ${last.decision === 'deny' ? 'denied' : 'approved'} by ${last.by} ${ago} ago`;
  }
  return `this approval was ${state}: ${details}`;
}

/**
 * Applies a decision, or keeps it on record when it cannot count. Idempotent by `decisionId`. The first denial decides, or the
 * last approval that is needed. An `edit` is the caller's to apply: it makes another action.
 */
export function decide(
  actions: readonly ActionRecord[],
  decision: Decision,
  rules: Rules,
  now: Date,
  applied: string[],
): Receipt {
  if (decision.decisionId !== undefined && applied.includes(decision.decisionId))
    return { outcome: 'accepted', message: 'this decision was already applied' };
  const rejection = rejectionOf(actions, decision, rules, now);
  const record = actionOf(actions, decision.approvalId);
  const at = now.toISOString();
  record?.decisions.push({
    approval_id: decision.approvalId,
    decision: decision.decision,
    by: decision.by,
    at,
    ...(decision.reason !== undefined && { reason: decision.reason }),
    counted: rejection === null,
  });
  if (rejection) return { outcome: 'recorded', message: rejection.message };
  if (decision.decisionId !== undefined) applied.push(decision.decisionId);
  return { outcome: 'accepted', message: settle(record!, decision, at) };
}

function settle(record: ActionRecord, { decision, by, reason }: Decision, at: string): string {
  const { approval, title } = record;
  switch (decision) {
    case 'approve': {
      const missing = record.needed - approversOf(record).length;
      if (missing > 0) return `approved by ${by}, ${missing} more needed: ${title}`;
      approval!.tier_deadline = null;
      moveTo(record, 'approved', `approved by ${approversOf(record).join(' and ')}: ${title}`, at);
      return `approved by ${by}: ${title}`;
    }
    case 'deny':
      approval!.tier_deadline = null;
      moveTo(record, 'denied', `by ${by}: ${reason}`, at);
      return `denied by ${by}: ${title}`;
    case 'edit':
      return `edited by ${by}: ${title}`;
    default: {
      const never: never = decision;
      throw new RangeError(`unknown decision ${never}`);
    }
  }
}

/** Who has approved the request that is open, or was last. */
export function approversOf({ decisions, approval }: ActionRecord): string[] {
  return decisions
    .filter((d) => d.counted && d.decision === 'approve' && d.approval_id === approval?.approval_id)
    .map(({ by }) => by);
}

/** Moves to the next tier. False when the last one was asked already: nobody is left to page. */
export function escalateTier(approval: ApprovalRequest, rules: Rules, now: Date): boolean {
  const next = rules.tiers[approval.tier_index + 1];
  if (!next) {
    approval.tier_deadline = null;
    return false;
  }
  approval.tier_index += 1;
  approval.tier = next.name;
  approval.tier_deadline = new Date(now.getTime() + rules.tier_timeout).toISOString();
  return true;
}

/** Ends an open request without a decision; nothing that it named is ever executed. */
export function endRequest(
  record: ActionRecord,
  state: 'expired' | 'withdrawn',
  reason: string,
  at: string,
): void {
  if (record.state !== 'awaiting') return;
  record.approval!.tier_deadline = null;
  moveTo(record, state, reason, at);
}
