import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision } from '../../src/domain/decision.ts';
import { Policy } from '../../src/domain/policy.ts';
import { ApprovalDesk, type ApprovalRequest } from './approval-desk.ts';

const POLICY = Policy.parse({
  components: {},
  approvals: {
    tiers: [
      { name: 'on-call', approvers: ['Ana', 'Ben'] },
      { name: 'lead', approvers: ['Cleo'] },
    ],
  },
}).approvals;
const REQUEST: ApprovalRequest = {
  step: 'retrain.1',
  action: 'retrain_model',
  tool: 'trigger_retraining',
  params: { since: '2026-11-23T07:00:00Z' },
  title: 'retrain classifier',
  why: 'drift',
  risk: 'capacity',
  undo: 'stop the job',
  facts: [],
};
const START = new Date('2026-11-23T08:00:00Z');
const later = (seconds: number) => new Date(START.getTime() + seconds * 1000);

function opened() {
  const desk = new ApprovalDesk(POLICY);
  return { desk, approval: desk.open(REQUEST, 'INC-1', 'epoch-1', START) };
}

test('an id binds to incident, step, exact action and epoch, and can be typed', () => {
  const id = (incident: string, request: ApprovalRequest, epoch: string) =>
    new ApprovalDesk(POLICY).open(request, incident, epoch, START).approval_id;
  const base = id('INC-1', REQUEST, 'epoch-1');
  expect(base).toMatch(/^[0-9a-hjkmnp-tv-z]{8}$/);
  expect(id('INC-1', { ...REQUEST, title: 'other words' }, 'epoch-1')).toBe(base);
  const others = [
    id('INC-2', REQUEST, 'epoch-1'),
    id('INC-1', { ...REQUEST, step: 'retrain.2' }, 'epoch-1'),
    id('INC-1', { ...REQUEST, params: { since: '2026-11-23T07:00:01Z' } }, 'epoch-1'),
    id('INC-1', REQUEST, 'epoch-2'),
  ];
  expect(new Set([base, ...others]).size).toBe(5);
});

test('the first decision counts; a later one is refused, saying who decided and when, and is kept', () => {
  const { desk, approval } = opened();
  const approve: Decision = { approvalId: approval.approval_id, decision: 'approve', by: 'Ana' };
  expect(desk.decide(approve, later(10)).outcome).toBe('accepted');
  const deny: Decision = { approvalId: approval.approval_id, decision: 'deny', by: 'Ben', reason: 'no' };
  expect(desk.refusal(deny, later(22))).toEqual({
    type: 'AlreadyDecided',
    message: 'already approved by Ana 12 s ago',
  });
  expect(desk.decide(deny, later(22)).outcome).toBe('recorded');
  expect(approval).toMatchObject({
    status: 'approved',
    decided_by: 'Ana',
    also: [{ by: 'Ben', decision: 'deny' }],
  });
});

test('the same decision id counts once, whichever way it comes', () => {
  const { desk, approval } = opened();
  const decision: Decision = {
    approvalId: approval.approval_id,
    decision: 'approve',
    by: 'Ana',
    decisionId: 'd1',
  };
  desk.decide(decision, later(1));
  expect(desk.refusal(decision, later(2))).toBeNull();
  expect(desk.decide(decision, later(2)).outcome).toBe('accepted');
  expect(approval.also).toEqual([]);
});

test('only approvers of a tier that was asked may decide', () => {
  const { desk, approval } = opened();
  const by = (name: string): Decision => ({
    approvalId: approval.approval_id,
    decision: 'approve',
    by: name,
  });
  expect(desk.refusal(by('Cleo'), later(1))?.type).toBe('NotForThisTier');
  expect(desk.refusal(by('Mallory'), later(1))?.type).toBe('NotForThisTier');
  expect(desk.escalate(approval, later(300))).toBe(true);
  expect(approval).toMatchObject({ tier: 'lead', tier_deadline: later(600).toISOString() });
  expect(desk.refusal(by('Cleo'), later(301))).toBeNull();
  expect(desk.refusal(by('Ana'), later(301))).toBeNull();
  expect(desk.escalate(approval, later(600))).toBe(false);
  expect(approval).toMatchObject({ tier: 'lead', tier_deadline: null, status: 'open' });
});

test('an approval that expired or was withdrawn takes no decision, and names what took its place', () => {
  const { desk, approval } = opened();
  desk.end(approval, 'withdrawn', 'the run was reset');
  const renewed = desk.open(REQUEST, 'INC-1', 'epoch-2', later(5));
  const old: Decision = { approvalId: approval.approval_id, decision: 'approve', by: 'Ana' };
  expect(desk.refusal(old, later(6))).toEqual({
    type: 'ReplacedApproval',
    message: `replaced by ${renewed.approval_id}: the run was reset`,
  });
  desk.decide(old, later(6));
  expect(renewed.status).toBe('open');
});

test('whatever is decided in whatever order, an approval is approved only by its first valid decision', () => {
  const decision = fc.record({
    by: fc.constantFrom('Ana', 'Ben', 'Cleo', 'Mallory'),
    decision: fc.constantFrom('approve' as const, 'deny' as const),
  });
  fc.assert(
    fc.property(fc.array(decision, { maxLength: 6 }), (decisions) => {
      const { desk, approval } = opened();
      decisions.forEach((d, i) => {
        desk.decide({ approvalId: approval.approval_id, reason: 'r', ...d }, later(i + 1));
      });
      const first = decisions.find((d) => d.by === 'Ana' || d.by === 'Ben');
      expect(approval.decided_by).toBe(first?.by);
      expect(approval.status).toBe(first ? (first.decision === 'approve' ? 'approved' : 'denied') : 'open');
      expect(approval.also).toHaveLength(decisions.length - (first ? 1 : 0));
    }),
  );
});
