import type { Decision, Receipt, Refusal } from '../../src/domain/decision.ts';
import { formatDuration } from '../../src/domain/duration.ts';
import type { Approval } from '../../src/domain/incident.ts';
import { approvalId } from '../../src/domain/keys.ts';
import type { Policy } from '../../src/domain/policy.ts';

/** What a step asks a person to approve: everything the card shows but its deadlines. */
export type ApprovalRequest = Pick<
  Approval,
  'step' | 'action' | 'tool' | 'params' | 'title' | 'why' | 'risk' | 'undo' | 'facts'
>;

export interface Refused {
  type: Refusal;
  message: string;
}

/**
 * The approvals of one incident and the rules of deciding them. The first decision counts; later ones are kept without
 * effect. Time passes only through arguments.
 */
export class ApprovalDesk {
  readonly approvals: Approval[];
  #policy: Policy['approvals'];
  /** Decision ids that were applied: the same decision sent as Update and as signal counts once. */
  #applied: string[];

  constructor(policy: Policy['approvals'], approvals: Approval[] = [], applied: string[] = []) {
    this.#policy = policy;
    this.approvals = approvals;
    this.#applied = applied;
  }

  /** Opens the approval, or finds it when this very action of this step was opened before. */
  open(request: ApprovalRequest, incidentId: string, epoch: string, now: Date): Approval {
    const id = approvalId(incidentId, request.step, [request.action, request.tool, request.params], epoch);
    const known = this.find(id);
    if (known) return known;
    const approval: Approval = {
      approval_id: id,
      ...request,
      requested_at: now.toISOString(),
      status: 'open',
      tier: this.#policy.tiers[0]!.name,
      tier_index: 0,
      tier_deadline: new Date(now.getTime() + this.#policy.tier_timeout).toISOString(),
      expires_at: new Date(now.getTime() + this.#policy.expires_after).toISOString(),
      also: [],
    };
    this.approvals.push(approval);
    return approval;
  }

  find(id: string): Approval | undefined {
    return this.approvals.find((approval) => approval.approval_id === id);
  }

  /** Why a decision cannot count now, or null. Changes nothing, so a validator may ask it. */
  refusal(decision: Decision, now: Date): Refused | null {
    const approval = this.find(decision.approvalId);
    if (!approval) {
      const open = this.approvals.filter((a) => a.status === 'open').map((a) => a.approval_id);
      const hint = open.length > 0 ? `open here: ${open.join(', ')}` : 'none is open here';
      return {
        type: 'UnknownApproval',
        message: `no approval "${decision.approvalId}" in this incident; ${hint}`,
      };
    }
    if (decision.decisionId !== undefined && this.#applied.includes(decision.decisionId)) return null;
    const successor = this.approvals.findLast((a) => a.action === approval.action && a.status === 'open');
    if (approval.status === 'withdrawn' && successor) {
      return {
        type: 'ReplacedApproval',
        message: `replaced by ${successor.approval_id}: ${approval.reason}`,
      };
    }
    if (approval.status === 'open' && now >= new Date(approval.expires_at)) {
      return { type: 'AlreadyDecided', message: `expired at ${approval.expires_at}: nothing runs` };
    }
    if (approval.status !== 'open') return { type: 'AlreadyDecided', message: describeEnd(approval, now) };
    const asked = this.#policy.tiers.slice(0, approval.tier_index + 1);
    const named = asked.flatMap((tier) => tier.approvers);
    if (asked.every((tier) => tier.approvers.length > 0) && !named.includes(decision.by)) {
      return {
        type: 'NotForThisTier',
        message: `${decision.by} may not decide this now: asked are ${named.join(', ')} (${approval.tier})`,
      };
    }
    return null;
  }

  /** Applies a decision, or keeps it on record when it cannot count. Idempotent by `decisionId`. */
  decide(decision: Decision, now: Date): Receipt {
    if (decision.decisionId !== undefined && this.#applied.includes(decision.decisionId)) {
      return { outcome: 'accepted', message: 'this decision was already applied' };
    }
    const refused = this.refusal(decision, now);
    if (refused) {
      this.find(decision.approvalId)?.also.push({
        by: decision.by,
        decision: decision.decision,
        at: now.toISOString(),
      });
      return { outcome: 'recorded', message: refused.message };
    }
    const approval = this.find(decision.approvalId)!;
    approval.status = decision.decision === 'approve' ? 'approved' : 'denied';
    approval.decided_by = decision.by;
    approval.decided_at = now.toISOString();
    if (decision.reason !== undefined) approval.reason = decision.reason;
    approval.tier_deadline = null;
    if (decision.decisionId !== undefined) this.#applied.push(decision.decisionId);
    return { outcome: 'accepted', message: `${approval.status} by ${decision.by}: ${approval.title}` };
  }

  /** Moves to the next tier. False when the last one was asked already: nobody is left to page. */
  escalate(approval: Approval, now: Date): boolean {
    const next = this.#policy.tiers[approval.tier_index + 1];
    if (!next) {
      approval.tier_deadline = null;
      return false;
    }
    approval.tier_index += 1;
    approval.tier = next.name;
    approval.tier_deadline = new Date(now.getTime() + this.#policy.tier_timeout).toISOString();
    return true;
  }

  /** Ends an open approval without a decision; nothing it named is ever executed. */
  end(approval: Approval, status: 'expired' | 'withdrawn', reason: string): void {
    if (approval.status !== 'open') return;
    approval.status = status;
    approval.reason = reason;
    approval.tier_deadline = null;
  }
}

function describeEnd(approval: Approval, now: Date): string {
  if (approval.decided_by && approval.decided_at) {
    const ago = formatDuration(now.getTime() - new Date(approval.decided_at).getTime());
    return `already ${approval.status} by ${approval.decided_by} ${ago} ago`;
  }
  return `this approval was ${approval.status}: ${approval.reason ?? 'no longer needed'}`;
}
