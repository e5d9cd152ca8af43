import { z } from 'zod';

/**
 * How far an action has come:
 * ```
 * proposed → awaiting → approved → running → done → verifying → verified | not_helped
 *          ↘ denied | expired | withdrawn | skipped      ↘ failed (waits for continue or skip)
 * ```
 * An edit takes `awaiting` back to `proposed`: it makes another card. `denied` and `failed` may go on when a person continues them.
 */
export const ACTION_STATES = [
  'proposed',
  'awaiting',
  'approved',
  'running',
  'done',
  'verifying',
  'verified',
  'not_helped',
  'denied',
  'expired',
  'withdrawn',
  'skipped',
  'failed',
] as const;
export const ActionState = z.enum(ACTION_STATES).meta({ id: 'ActionState' });
export type ActionState = z.infer<typeof ActionState>;

/** A decision that came for an action. `counted` is false for one that came too late or twice: it is on record only. */
export const DecisionRecord = z.object({
  approval_id: z.string(),
  decision: z.enum(['approve', 'deny', 'edit']),
  by: z.string(),
  at: z.string(),
  reason: z.string().optional(),
  counted: z.boolean(),
});
export type DecisionRecord = z.infer<typeof DecisionRecord>;

/** An approval that people are asked for, with its clock. Its id binds it to the action's exact parameters. */
export const ApprovalRequest = z.object({
  approval_id: z.string(),
  requested_at: z.string(),
  tier: z.string(),
  tier_index: z.number().int(),
  /** When the next tier is paged; null once the last tier was, or once it is decided. */
  tier_deadline: z.string().nullable(),
  expires_at: z.string(),
});
export type ApprovalRequest = z.infer<typeof ApprovalRequest>;

/** A judgement of an action after it ran. */
export const ActionCheck = z.object({
  check: z.enum(['evaluation_gate', 'watch_health', 'verify']),
  /** `skipped`: the incident ended before it came to a result. */
  state: z.enum(['running', 'passed', 'failed', 'skipped']),
  details: z.string(),
  started_at: z.string(),
  at: z.string(),
});
export type ActionCheck = z.infer<typeof ActionCheck>;

/** One action of an incident, from the plan to its effect. The card shows it, the call is made from it, memory reads it. */
export const ActionRecord = z
  .object({
    /** Unique in the incident: the action and the round of investigation that proposed it. */
    action_id: z.string(),
    action: z.string(),
    /** The tool that is called, with exactly these parameters. */
    tool: z.string(),
    params: z.record(z.string(), z.unknown()),
    /** Of action, tool and parameters: another hash is another action. */
    hash: z.string(),
    title: z.string(),
    why: z.string(),
    risk: z.string(),
    undo: z.string(),
    facts: z.array(z.string()),
    /** Model version that was live when the parameters were resolved, and its baseline F1; null without a registry. */
    live: z.object({ version: z.string(), baseline_f1: z.number() }).nullable(),
    state: ActionState,
    /** One sentence on the state: who decided, what came back, why it failed. */
    details: z.string(),
    proposed_at: z.string(),
    /** Of the last change of state. */
    at: z.string(),
    /** Approvals that it takes; 0 where policy lets it run. */
    needed: z.number().int(),
    decisions: z.array(DecisionRecord),
    approval: ApprovalRequest.nullable(),
    /** Ids of earlier approvals of this action that a reset, an edit or a new request replaced. */
    replaced: z.array(z.string()),
    /** Rises when a person continues a failed or denied action. */
    attempt: z.number().int(),
    /** The tool's answer, once it ran. */
    result: z.unknown(),
    /** When the tool was done; null before. */
    done_at: z.string().nullable(),
    checks: z.array(ActionCheck),
    /** Nothing more is done about it; null while it is open. */
    ended_at: z.string().nullable(),
  })
  .meta({ id: 'ActionRecord' });
export type ActionRecord = z.infer<typeof ActionRecord>;

const SUCCESSORS: Record<ActionState, readonly ActionState[]> = {
  proposed: ['awaiting', 'approved', 'skipped', 'withdrawn'],
  awaiting: ['awaiting', 'approved', 'denied', 'expired', 'withdrawn', 'skipped', 'proposed'],
  approved: ['running', 'skipped', 'withdrawn', 'awaiting'],
  running: ['done', 'failed', 'skipped'],
  done: ['verifying', 'verified', 'not_helped'],
  verifying: ['verified', 'not_helped'],
  verified: [],
  not_helped: [],
  denied: ['proposed', 'withdrawn'],
  expired: [],
  withdrawn: ['proposed'],
  skipped: [],
  failed: ['approved', 'failed', 'skipped'],
};

/**
 * Moves an action on, in place. @throws RangeError for a step that the state machine does not have: a defect of the caller
 * @param at ISO 8601
 */
export function moveTo(record: ActionRecord, state: ActionState, details: string, at: string): void {
  if (!SUCCESSORS[record.state].includes(state))
    throw new RangeError(`${record.action_id} cannot go from ${record.state} to ${state}`);
  Object.assign(record, { state, details, at, ...(state === 'done' && { done_at: at }) });
}

/** Whether its tool was called and answered, so the world may have changed. */
export function hasRun(record: ActionRecord): boolean {
  return record.result !== null;
}
