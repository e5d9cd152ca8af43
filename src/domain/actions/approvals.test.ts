import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision } from '../decision.ts';
import { Policy } from '../policy/policy.ts';
import { actionOf, decide, endRequest, escalateTier, rejectionOf, requestApproval } from './approvals.ts';
import { actionHash } from './propose.ts';
import { type ActionRecord, moveTo } from './record.ts';

const RULES = Policy.parse({
  components: {},
  approvals: {
    tiers: [
      { name: 'on-call', approvers: ['Ana', 'Ben'] },
      { name: 'lead', approvers: ['Cleo'] },
    ],
  },
}).approvals;
const START = new Date('2026-11-23T08:00:00Z');
const later = (seconds: number) => new Date(START.getTime() + seconds * 1000);

function proposed(over: Partial<ActionRecord> = {}): ActionRecord {
  const record: ActionRecord = {
    action_id: 'retrain_model.1',
    action: 'retrain_model',
    tool: 'trigger_retraining',
    params: { since: '2026-11-23T07:00:00Z' },
    hash: '',
    title: 'retrain classifier',
    why: 'drift',
    risk: 'capacity',
    undo: 'stop the job',
    facts: [],
    live: null,
    state: 'proposed',
    details: '',
    proposed_at: START.toISOString(),
    at: START.toISOString(),
    needed: 1,
    decisions: [],
    approval: null,
    replaced: [],
    attempt: 1,
    result: null,
    done_at: null,
    checks: [],
    ended_at: null,
    ...over,
  };
  return { ...record, hash: actionHash(record) };
}

function asked(over: Partial<ActionRecord> = {}, incidentId = 'INC-1', epoch = 'epoch-1') {
  const record = proposed(over);
  const approval = requestApproval(record, { incidentId, epoch, rules: RULES, now: START });
  moveTo(record, 'awaiting', 'asked', START.toISOString());
  return { record, approval, applied: [] as string[] };
}

test('an id binds to incident, step, exact action and epoch, and can be typed', () => {
  const base = asked().approval.approval_id;
  expect(base).toMatch(/^[0-9a-hjkmnp-tv-z]{8}$/);
  expect(asked({ title: 'other words' }).approval.approval_id).toBe(base);
  const others = [
    asked({}, 'INC-2'),
    asked({ action_id: 'retrain_model.2' }),
    asked({ attempt: 2 }),
    asked({ params: { since: '2026-11-23T07:00:01Z' } }),
    asked({}, 'INC-1', 'epoch-2'),
  ].map(({ approval }) => approval.approval_id);
  expect(new Set([base, ...others]).size).toBe(6);
});

test('the first decision counts; a later one is refused, saying who decided and when, and is kept', () => {
  const { record, approval, applied } = asked();
  const approve: Decision = { approvalId: approval.approval_id, decision: 'approve', by: 'Ana' };
  expect(decide([record], approve, RULES, later(10), applied).outcome).toBe('accepted');
  const deny: Decision = { approvalId: approval.approval_id, decision: 'deny', by: 'Ben', reason: 'no' };
  expect(rejectionOf([record], deny, RULES, later(22))).toEqual({
    type: 'AlreadyDecided',
    message: 'already approved by Ana 12 s ago',
  });
  expect(decide([record], deny, RULES, later(22), applied).outcome).toBe('recorded');
  expect(record.state).toBe('approved');
  expect(record.decisions).toMatchObject([
    { by: 'Ana', decision: 'approve', counted: true },
    { by: 'Ben', decision: 'deny', counted: false },
  ]);
});

test('the same decision id counts once, whichever way it comes', () => {
  const { record, approval, applied } = asked();
  const decision: Decision = {
    approvalId: approval.approval_id,
    decision: 'approve',
    by: 'Ana',
    decisionId: 'd1',
  };
  decide([record], decision, RULES, later(1), applied);
  expect(rejectionOf([record], decision, RULES, later(2), applied)).toBeNull();
  expect(decide([record], decision, RULES, later(2), applied).outcome).toBe('accepted');
  expect(record.decisions).toHaveLength(1);
});

test('only approvers of a tier that was asked may decide', () => {
  const { record, approval } = asked();
  const by = (name: string): Decision => ({
    approvalId: approval.approval_id,
    decision: 'approve',
    by: name,
  });
  const rejected = (name: string, seconds: number) => rejectionOf([record], by(name), RULES, later(seconds));
  expect(rejected('Cleo', 1)?.type).toBe('NotForThisTier');
  expect(rejected('Mallory', 1)?.type).toBe('NotForThisTier');
  expect(escalateTier(approval, RULES, later(300))).toBe(true);
  expect(approval).toMatchObject({ tier: 'lead', tier_deadline: later(600).toISOString() });
  expect(rejected('Cleo', 301)).toBeNull();
  expect(rejected('Ana', 301)).toBeNull();
  expect(escalateTier(approval, RULES, later(600))).toBe(false);
  expect(approval).toMatchObject({ tier: 'lead', tier_deadline: null });
  expect(record.state).toBe('awaiting');
});

test('an approval that was withdrawn takes no decision, and names the one that took its place', () => {
  const { record, approval, applied } = asked();
  endRequest(record, 'withdrawn', 'the run was reset', later(1).toISOString());
  const old: Decision = { approvalId: approval.approval_id, decision: 'approve', by: 'Ana' };
  expect(rejectionOf([record], old, RULES, later(2))).toMatchObject({
    type: 'AlreadyDecided',
    message: 'this approval was withdrawn: the run was reset',
  });
  moveTo(record, 'proposed', 'asked again', later(4).toISOString());
  const renewed = requestApproval(record, {
    incidentId: 'INC-1',
    epoch: 'epoch-2',
    rules: RULES,
    now: later(5),
  });
  moveTo(record, 'awaiting', 'asked', later(5).toISOString());
  expect(rejectionOf([record], old, RULES, later(6))).toMatchObject({
    type: 'ReplacedApproval',
    message: expect.stringContaining(`replaced by ${renewed.approval_id}`),
  });
  decide([record], old, RULES, later(6), applied);
  expect(record.state).toBe('awaiting');
  expect(actionOf([record], approval.approval_id)).toBe(record);
});

test('an approval that has expired takes no decision, even before the run has noticed', () => {
  const { record, approval } = asked();
  const decision: Decision = { approvalId: approval.approval_id, decision: 'approve', by: 'Ana' };
  expect(rejectionOf([record], decision, RULES, new Date(approval.expires_at))).toMatchObject({
    type: 'AlreadyDecided',
    message: expect.stringMatching(/^expired at .*nothing runs$/),
  });
});

test('an action that needs two approvals runs only after two different people', () => {
  const { record, approval, applied } = asked({ needed: 2 });
  const by = (name: string): Decision => ({
    approvalId: approval.approval_id,
    decision: 'approve',
    by: name,
  });
  expect(decide([record], by('Ana'), RULES, later(1), applied).message).toContain('1 more needed');
  expect(record.state).toBe('awaiting');
  expect(decide([record], by('Ana'), RULES, later(2), applied).outcome).toBe('recorded');
  expect(record.state).toBe('awaiting');
  decide([record], by('Ben'), RULES, later(3), applied);
  expect(record).toMatchObject({ state: 'approved', details: expect.stringContaining('Ana and Ben') });
});

test('whatever is decided in whatever order, an action is approved only by its first valid decision', () => {
  const decision = fc.record({
    by: fc.constantFrom('Ana', 'Ben', 'Cleo', 'Mallory'),
    decision: fc.constantFrom('approve' as const, 'deny' as const),
  });
  fc.assert(
    fc.property(fc.array(decision, { maxLength: 6 }), (decisions) => {
      const { record, approval, applied } = asked();
      decisions.forEach((d, i) => {
        const given = { approvalId: approval.approval_id, reason: 'r', ...d };
        decide([record], given, RULES, later(i + 1), applied);
      });
      const first = decisions.find((d) => d.by === 'Ana' || d.by === 'Ben');
      expect(record.decisions.filter(({ counted }) => counted).map(({ by }) => by)).toEqual(
        first ? [first.by] : [],
      );
      const state = first?.decision === 'approve' ? 'approved' : 'denied';
      expect(record.state).toBe(first ? state : 'awaiting');
      expect(record.decisions).toHaveLength(decisions.length);
    }),
  );
});
