import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { actionsTaken } from '../../src/domain/actions/outcome.ts';
import type { IncidentView } from '../../src/domain/incident.ts';
import { incidentQuery } from '../../workflows/incident/messages.ts';
import { approvalsOf } from '../support/approvals.ts';
import { devServerEnvironment, workflowBundle } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { type Asked, Incident, withIncident, withWorker } from './incident.ts';
import { resetTo } from './reset.ts';
import { POLICY, ScriptedWorld } from './scripted-world.ts';

/** Resets, continue-as-new and restarts: what only a real server does. */
let env: TestWorkflowEnvironment;
beforeAll(async () => {
  // Suggests continue-as-new early, so that a test need not send thousands of signals.
  env = await devServerEnvironment({
    extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=400'],
  });
});
afterAll(async () => {
  await env?.teardown();
});

const reset = (incident: Incident, choose: (ids: number[]) => number = (ids) => ids.at(-1)!) =>
  resetTo(env, incident, choose);

test('a reset run does not inherit an approval: old decisions are refused, the card is announced again, once', async () => {
  const world = new ScriptedWorld();
  await withIncident(env, world, async (incident) => {
    const old = await incident.asked('retrain_model');
    await reset(incident);
    const open = (view: IncidentView) => approvalsOf(view).find((a) => a.status === 'open');
    const view = await incident.until(
      (v) => (open(v)?.approval_id ?? old.approval_id) !== old.approval_id,
      'a new card',
    );
    const fresh = open(view)!;
    expect(fresh).toMatchObject({ title: old.title, params: old.params });
    await expect(
      incident.handle.executeUpdate('decide', {
        args: [{ approvalId: old.approval_id, decision: 'approve', by: 'Ana' }],
      }),
    ).rejects.toMatchObject({
      cause: { type: 'ReplacedApproval', message: expect.stringContaining(fresh.approval_id) },
    });
    await incident.until(() => world.called('request_human_approval').length === 2, 'announced again');
    await incident.until(() => approvalsOf(world.last).at(-1)?.approval_id === fresh.approval_id, 'recorded');
    await incident.approve('retrain_model');
    await incident.asked('deploy_model');
    const history = await incident.handle.fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history);
    await incident.handle.terminate();
  });
  expect(world.called('trigger_retraining')).toHaveLength(1);
});

test('a decision that a reset applies again does not approve', async () => {
  const world = new ScriptedWorld();
  await withIncident(env, world, async (incident) => {
    const old = await incident.asked('retrain_model');
    await incident.handle.signal('decide', { approvalId: old.approval_id, decision: 'approve', by: 'Ana' });
    await incident.asked('deploy_model');
    expect(world.called('trigger_retraining')).toHaveLength(1);
    // Back to before the decision: the signal comes again after the reset point.
    const { events } = await incident.handle.fetchHistory();
    const decided = Number(
      events!.find((e) => e.workflowExecutionSignaledEventAttributes?.signalName === 'decide')!.eventId,
    );
    await reset(incident, (ids) => ids.findLast((id) => id < decided)!);
    const again = await incident.asked('retrain_model');
    expect(again.approval_id).not.toBe(old.approval_id);
    expect(again.state).toBe('awaiting');
    await incident.handle.terminate();
  });
  expect(world.called('trigger_retraining')).toHaveLength(1);
});

test('a reset to before finished side effects repeats them under the same keys only', async () => {
  const world = new ScriptedWorld();
  await withIncident(env, world, async (incident) => {
    await incident.asked('retrain_model');
    await reset(incident, (ids) => ids[0]!);
    await incident.until(() => world.called('create_github_issue').length === 2, 'told again');
    await incident.asked('retrain_model');
    await incident.handle.terminate();
  });
  const keys = world.called('create_github_issue').map(([message]) => (message as { key: string }).key);
  expect(new Set(keys).size).toBe(1);
  const [first, second] = world.called('open_incident').map(([request]) => request);
  expect(second).toEqual(first);
});

test('continue-as-new keeps an open approval and its id, also across a restart of the worker', async () => {
  const world = new ScriptedWorld();
  let incident!: Incident;
  let approval!: string;
  await withIncident(env, world, async (started) => {
    incident = new Incident(env, world, env.client.workflow.getHandle(started.handle.workflowId));
    approval = (await incident.asked('retrain_model')).approval_id;
    await incident.continueAsNew();
  });
  await withWorker(env, world, async () => {
    expect((await incident.asked('retrain_model')).approval_id).toBe(approval);
    await incident.approve('retrain_model');
    await incident.approve('deploy_model');
    await incident.until((view) => view.phase === 'verify', 'deployed');
    await incident.handle.terminate();
  });
  expect(world.called('trigger_retraining')).toHaveLength(1);
  expect(world.called('request_human_approval')).toHaveLength(2);
  expect(world.called('create_github_issue')).toHaveLength(1);
});

test('a worker that is gone while an approval waits: the decision is kept and applies once', async () => {
  const world = new ScriptedWorld();
  let incident!: Incident;
  let approval!: string;
  await withIncident(env, world, async (started) => {
    incident = started;
    approval = (await incident.asked('retrain_model')).approval_id;
  });
  const decision = { approvalId: approval, decision: 'approve', by: 'Ana', decisionId: 'd1' };
  await incident.handle.signal('decide', decision);
  await incident.handle.signal('decide', decision);
  await withWorker(env, world, async () => {
    await incident.asked('deploy_model');
    const view = await incident.handle.query(incidentQuery);
    expect(approvalsOf(view)[0]).toMatchObject({ status: 'approved', decided_by: 'Ana' });
    await incident.handle.terminate();
  });
  expect(world.called('trigger_retraining')).toHaveLength(1);
});

test('a decision that comes after the expiry, while no worker is up, runs nothing', async () => {
  const world = new ScriptedWorld();
  world.policy = { ...POLICY, approvals: { ...POLICY.approvals, tier_timeout: 1_000, expires_after: 4_000 } };
  let incident!: Incident;
  let approval!: Asked;
  await withIncident(env, world, async (started) => {
    incident = started;
    approval = await incident.asked('retrain_model');
  });
  await until(() => Date.now() > Date.parse(approval.expires_at), 10_000);
  await incident.handle.signal('decide', {
    approvalId: approval.approval_id,
    decision: 'approve',
    by: 'Ana',
  });
  await withWorker(env, world, async () => {
    await incident.until((view) => view.closed_at !== null, 'ended');
    await incident.handle.terminate();
  });
  expect(world.last).toMatchObject({ status: 'escalated' });
  expect(approvalsOf(world.last)[0]).toMatchObject({
    status: 'expired',
    also: [{ by: 'Ana', decision: 'approve' }],
  });
  expect(world.called('trigger_retraining')).toHaveLength(0);
});

test('a close from before a reset does not close the reset run', async () => {
  const world = new ScriptedWorld();
  await withIncident(env, world, async (incident) => {
    await incident.asked('retrain_model');
    await incident.handle.signal('operate', { command: 'close', by: 'Ana' });
    await incident.until((view) => view.status === 'closed_by_person', 'closed');
    const { events } = await incident.handle.fetchHistory();
    const closed = Number(
      events!.find((e) => e.workflowExecutionSignaledEventAttributes?.signalName === 'operate')!.eventId,
    );
    await reset(incident, (ids) => ids.findLast((id) => id < closed)!);
    const again = await incident.asked('retrain_model');
    expect(again.state).toBe('awaiting');
    expect((await incident.view()).status).toBe('in_progress');
    await incident.handle.terminate();
  });
});

test('what a continued run tells again is not logged twice', async () => {
  const world = new ScriptedWorld();
  await withIncident(env, world, async (started) => {
    const incident = new Incident(env, world, env.client.workflow.getHandle(started.handle.workflowId));
    await incident.approve('retrain_model');
    await incident.asked('deploy_model');
    await incident.continueAsNew();
    const view = await incident.until(
      (v) => v.phase === 'remediate' && approvalsOf(v).length === 2,
      'goes on',
    );
    const completed = actionsTaken(view)
      .filter((a) => a.status === 'completed')
      .map((a) => a.action);
    expect(completed).toEqual(['retrain_model', 'evaluation_gate']);
    await incident.handle.terminate();
  });
  const told = world.recorded.flatMap(({ events }) => events).filter((event) => event.what === 'diagnose');
  expect(told).toHaveLength(1);
});
