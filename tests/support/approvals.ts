import { approversOf } from '../../src/domain/actions/approvals.ts';
import type { ActionRecord } from '../../src/domain/actions/record.ts';
import type { IncidentView } from '../../src/domain/incident.ts';

/** How a request for approval stands, for tests that follow one. */
export interface ApprovalState {
  approval_id: string;
  action: string;
  status: 'open' | 'approved' | 'denied' | 'expired' | 'withdrawn';
  tier: string;
  tier_deadline: string | null;
  expires_at: string;
  title: string;
  tool: string;
  params: Record<string, unknown>;
  facts: string[];
  decided_by: string | undefined;
  reason: string | undefined;
  /** Decisions that came without effect. */
  also: { by: string; decision: string }[];
}

/** The actions of an incident that people were asked for, oldest first. */
export function approvalsOf(view: IncidentView): ApprovalState[] {
  return view.actions.filter(({ approval }) => approval !== null).map(stateOf);
}

function stateOf(record: ActionRecord): ApprovalState {
  const { action, title, tool, params, facts, state, details, decisions, approval } = record;
  const counted = decisions.filter((d) => d.counted && d.approval_id === approval!.approval_id);
  const others = { awaiting: 'open', denied: 'denied', expired: 'expired', withdrawn: 'withdrawn' } as const;
  const status = state in others ? others[state as keyof typeof others] : 'approved';
  return {
    ...approval!,
    action,
    title,
    tool,
    params,
    facts,
    status: status === 'approved' && approversOf(record).length < record.needed ? 'withdrawn' : status,
    decided_by: counted.at(-1)?.by,
    reason: counted.at(-1)?.reason ?? details,
    also: decisions.filter((d) => !d.counted).map(({ by, decision }) => ({ by, decision })),
  };
}
