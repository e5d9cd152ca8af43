import { expect, test } from '@jest/globals';
import { actionsTaken } from '../../src/domain/actions/outcome.ts';
import { approvalsOf } from '../support/approvals.ts';
import { alert } from './fixtures.ts';
import { ScriptedWorld } from './scripted-world.ts';
import { useSharedWorkers } from './shared-workers.ts';

const workers = useSharedWorkers();

test('drift is diagnosed, retrained, gated, deployed, watched, verified and resolved, each side effect once', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    await incident.approve('retrain_model');
    await incident.approve('deploy_model', 'Ben');
    const result = await incident.handle.result();
    expect(result).toEqual({ incident_id: 'INC-2026-1123', status: 'resolved' });
  });
  expect(world.called('trigger_retraining')).toHaveLength(1);
  expect(world.called('deploy_model')).toHaveLength(1);
  expect(world.called('rollback_model')).toHaveLength(0);
  const { f1_before, f1_after, phase } = world.last;
  const actions = actionsTaken(world.last);
  expect(phase).toBe('closed');
  expect(f1_before).toBeCloseTo(0.814);
  expect(f1_after).toBeCloseTo(0.912);
  expect(actions.filter((a) => a.status === 'completed').map((a) => a.action)).toEqual([
    'retrain_model',
    'evaluation_gate',
    'deploy_model',
    'watch_health',
    'verify',
    'write_report',
  ]);
  const messages = world
    .called('create_github_issue')
    .map(([m]) => (m as { operation?: string }).operation ?? 'create_issue');
  expect(messages).toEqual(['create_issue', 'close_issue']);
});

test('a trigger that is healthy when measured again closes without any action', async () => {
  const world = new ScriptedWorld();
  world.drift = 'clear';
  await workers.tell(world, async (incident) => {
    expect(await incident.handle.result()).toMatchObject({ status: 'closed_no_action' });
  });
  expect(world.called('diagnose')).toHaveLength(0);
  expect(world.called('send_slack_alert')).toHaveLength(0);
});

test('nobody answers: at 5:00 the next tier is paged, at 10:00 it is escalated, at 24 h it expires and nothing ran', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    const { approval_id } = await incident.asked('retrain_model');
    await workers.env().sleep('290 seconds');
    expect(world.called('page_on_call')).toHaveLength(0);
    await workers.env().sleep('20 seconds');
    const paged = await incident.until((view) => approvalsOf(view)[0]?.tier === 'team-lead', 'paged');
    expect(approvalsOf(paged)[0]).toMatchObject({ approval_id, status: 'open' });
    await workers.env().sleep('5 minutes');
    const escalated = await incident.until((view) => view.status === 'escalated', 'escalated');
    expect(approvalsOf(escalated)[0]).toMatchObject({ status: 'open', tier_deadline: null });
    await incident.handle.result();
  });
  expect(world.last.status).toBe('escalated');
  expect(approvalsOf(world.last)[0]).toMatchObject({ status: 'expired' });
  expect(actionsTaken(world.last).find((a) => a.action === 'retrain_model')).toMatchObject({
    status: 'skipped',
    details: expect.stringMatching(/^expired/),
  });
  expect(world.called('trigger_retraining')).toHaveLength(0);
});

test('a decision just before 5:00 counts, and one after the last escalation counts once', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    const retrain = await incident.asked('retrain_model');
    const due = new Date(retrain.tier_deadline!).getTime();
    await workers.env().sleep(due - (await workers.env().currentTimeMs()) - 1_000);
    await incident.handle.signal('decide', {
      approvalId: retrain.approval_id,
      decision: 'approve',
      by: 'Ana',
    });
    await incident.asked('deploy_model');
    expect(world.called('page_on_call')).toHaveLength(0);
    await workers.env().sleep('11 minutes');
    await incident.until((view) => view.status === 'escalated', 'escalated');
    const { approval_id } = await incident.asked('deploy_model');
    const decision = { approvalId: approval_id, decision: 'approve', by: 'Ana', decisionId: 'd1' };
    await Promise.all([
      incident.handle.executeUpdate('decide', { args: [decision], updateId: 'd1' }),
      incident.handle.signal('decide', decision),
    ]);
    await incident.handle.signal('decide', { ...decision, by: 'Ben', decisionId: 'd2' });
    expect(await incident.handle.result()).toMatchObject({ status: 'resolved' });
  });
  expect(world.called('deploy_model')).toHaveLength(1);
});

test('a second decision is refused with who decided and when; an unknown approval names the open ones', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    const { approval_id } = await incident.asked('retrain_model');
    await incident.approve('retrain_model');
    const { approval_id: open } = await incident.asked('deploy_model');
    const decide = (decision: object) => incident.handle.executeUpdate('decide', { args: [decision] });
    await expect(
      decide({ approvalId: approval_id, decision: 'deny', by: 'Ben', reason: 'x' }),
    ).rejects.toMatchObject({
      cause: { type: 'AlreadyDecided', message: expect.stringMatching(/^already approved by Ana/) },
    });
    await expect(decide({ approvalId: 'nonsense', decision: 'approve', by: 'Ben' })).rejects.toMatchObject({
      cause: { type: 'UnknownApproval', message: expect.stringContaining(open) },
    });
    await expect(decide({ approvalId: open, decision: 'deny', by: 'Ben' })).rejects.toMatchObject({
      cause: { type: 'InvalidMessage', message: expect.stringContaining('reason') },
    });
    await incident.handle.executeUpdate('operate', {
      args: [{ command: 'close', by: 'Ana', reason: 'done' }],
    });
    expect(await incident.handle.result()).toMatchObject({ status: 'closed_by_person' });
  });
  expect(world.called('deploy_model')).toHaveLength(0);
});

test('training fails: rollback is proposed; approved it is mitigated, because the trigger still fires', async () => {
  const world = new ScriptedWorld();
  world.training = 'fails';
  world.driftAfter = 'firing';
  await workers.tell(world, async (incident) => {
    await incident.approve('retrain_model');
    await incident.approve('rollback_model');
    expect(await incident.handle.result()).toMatchObject({ status: 'mitigated' });
  });
  expect(world.activeVersion).toBe('v1');
});

test('training fails and the rollback is denied: escalated with the reason on record', async () => {
  const world = new ScriptedWorld();
  world.training = 'fails';
  await workers.tell(world, async (incident) => {
    await incident.approve('retrain_model');
    const { approval_id } = await incident.asked('rollback_model');
    await incident.handle.signal('decide', {
      approvalId: approval_id,
      decision: 'deny',
      by: 'Ana',
      reason: 'v1 is worse',
    });
    const view = await incident.until((v) => v.status === 'escalated', 'escalated');
    expect(view.waiting_for).toContain('v1 is worse');
    expect(approvalsOf(view).at(-1)).toMatchObject({
      status: 'denied',
      decided_by: 'Ana',
      reason: 'v1 is worse',
    });
    expect(await incident.handle.result()).toMatchObject({ status: 'escalated' });
  });
  expect(world.called('rollback_model')).toHaveLength(0);
});

test('a retraining that does not help is stopped by the gate: no deployment is even asked for', async () => {
  const world = new ScriptedWorld();
  world.training = 'does_not_help';
  await workers.tell(world, async (incident) => {
    await incident.approve('retrain_model');
    const { why } = await incident.asked('rollback_model');
    expect(why).toContain('evaluation_gate failed');
    await incident.handle.executeUpdate('operate', { args: [{ command: 'close', by: 'Ana' }] });
    await incident.handle.result();
  });
  expect(world.called('deploy_model')).toHaveLength(0);
  expect(world.activeVersion).toBe('v2');
});

test('a step that fails for good escalates and waits; continue makes a new attempt under a new key', async () => {
  const world = new ScriptedWorld();
  world.broken.add('trigger_retraining');
  await workers.tell(world, async (incident) => {
    await incident.approve('retrain_model');
    const view = await incident.until((v) => v.step_id !== null, 'waits for a person');
    expect(view).toMatchObject({
      status: 'escalated',
      error: expect.stringContaining('trigger_retraining is down'),
    });
    const operate = (operation: object) => incident.handle.executeUpdate('operate', { args: [operation] });
    await expect(operate({ command: 'continue', stepId: 'old', by: 'Ana' })).rejects.toMatchObject({
      cause: { type: 'StaleStep', message: expect.stringContaining(view.step_id!) },
    });
    world.broken.clear();
    await operate({ command: 'continue', stepId: view.step_id!, by: 'Ana' });
    await incident.asked('deploy_model');
    await operate({ command: 'close', by: 'Ana' });
    await incident.handle.result();
  });
  const keys = world.called('trigger_retraining').map(([request]) => (request as { key: string }).key);
  expect(new Set(keys).size).toBe(2);
});

test('the alert is resolved by its source while an approval is open: measured, withdrawn, nothing is done', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    await incident.asked('retrain_model');
    world.drift = 'clear';
    await incident.handle.signal('alert', [alert({ status: 'resolved' })]);
    expect(await incident.handle.result()).toMatchObject({ status: 'closed_no_action' });
  });
  expect(approvalsOf(world.last)[0]).toMatchObject({ status: 'withdrawn' });
  expect(world.called('trigger_retraining')).toHaveLength(0);
});

test('a new kind of symptom before the first risky action makes the diagnosis again; repeats only count', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    const first = await incident.asked('retrain_model');
    await incident.handle.signal('alert', [alert(), alert()]);
    await incident.until((view) => view.alert_count === 3, 'counted');
    expect(world.called('diagnose')).toHaveLength(1);
    await incident.handle.signal('alert', [
      alert({ alert_type: 'accuracy_drop', fingerprint: 'a', alert_id: 'alert_2026-11-23_002' }),
    ]);
    await incident.until((view) => approvalsOf(view)[0]?.status === 'withdrawn', 'withdrawn');
    const second = await incident.asked('retrain_model');
    expect(second.approval_id).not.toBe(first.approval_id);
    expect(world.called('diagnose')).toHaveLength(2);
    await incident.handle.executeUpdate('operate', { args: [{ command: 'close', by: 'Ana' }] });
    await incident.handle.result();
  });
  expect(world.last.symptoms).toHaveLength(2);
  const posts = world.called('send_slack_alert').filter(([m]) => !(m as { ref?: string }).ref);
  expect(posts).toHaveLength(1);
});

test('in the cooldown repeats are held back; a worse alert goes on as a new, linked incident', async () => {
  const world = new ScriptedWorld();
  world.drift = 'clear';
  await workers.tell(
    world,
    async (incident) => {
      await incident.until((view) => view.phase === 'cooldown', 'in cooldown');
      await incident.handle.signal('alert', [alert({ severity: 'warning' })]);
      await incident.until((view) => view.alert_count === 2, 'held back');
      world.drift = 'firing';
      await incident.handle.signal('alert', [alert({ severity: 'critical' })]);
      const next = await incident.recorded(
        (view) => view.incident_id === 'INC-2026-1123-2',
        'a new incident',
      );
      expect(next.previous_incident).toBe('INC-2026-1123');
      await incident.asked('retrain_model');
      await incident.handle.executeUpdate('operate', { args: [{ command: 'close', by: 'Ana' }] });
      expect(await incident.handle.result()).toMatchObject({ status: 'closed_by_person' });
    },
    [alert({ severity: 'warning' })],
  );
});
