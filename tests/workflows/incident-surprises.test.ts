import { expect, test } from '@jest/globals';
import type { Action } from '../../src/domain/actions/catalogue.ts';
import { actionsTaken } from '../../src/domain/actions/outcome.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { DiagnoseRequest } from '../../workflows/contracts/investigate.ts';
import { approvalsOf } from '../support/approvals.ts';
import { alert, modelCall } from './fixtures.ts';
import { POLICY, ScriptedWorld } from './scripted-world.ts';
import { useSharedWorkers } from './shared-workers.ts';

const workers = useSharedWorkers();

test('the version on the card is no longer live when the approval comes: nothing is deployed', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    await incident.approve('retrain_model');
    await incident.asked('deploy_model');
    world.activeVersion = 'v9';
    await incident.approve('deploy_model');
    expect(await incident.handle.result()).toMatchObject({ status: 'escalated' });
  });
  expect(world.called('deploy_model')).toHaveLength(0);
});

test('an acknowledgement holds paging back for its time, then the next tier is paged; it approves nothing', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    await incident.asked('retrain_model');
    await incident.handle.executeUpdate('operate', { args: [{ command: 'acknowledge', by: 'Ana' }] });
    await workers.env().sleep('20 minutes');
    expect(world.called('page_on_call')).toHaveLength(0);
    expect((await incident.view()).acknowledged_by).toBe('Ana');
    await workers.env().sleep('11 minutes');
    await incident.until((view) => approvalsOf(view)[0]?.tier === 'team-lead', 'paged');
    expect(world.called('page_on_call')).toHaveLength(1);
    await incident.handle.executeUpdate('operate', { args: [{ command: 'close', by: 'Ana' }] });
    await incident.handle.result();
  });
  expect(world.called('trigger_retraining')).toHaveLength(0);
});

test('a component that nobody measures is told about and handed to a person, with no platform action', async () => {
  const world = new ScriptedWorld();
  world.measured = false;
  await workers.tell(world, async (incident) => {
    expect(await incident.handle.result()).toMatchObject({ status: 'escalated' });
  });
  expect(world.called('check_drift')).toHaveLength(0);
  expect(world.called('component_status')).toHaveLength(0);
  expect(world.called('send_slack_alert').length).toBeGreaterThan(0);
  expect(approvalsOf(world.last)).toEqual([]);
});

test.each(['inconclusive', 'healthy'] as const)(
  'a diagnosis that says %s leads to no risky action',
  async (verdict) => {
    const world = new ScriptedWorld();
    world.diagnosis = { verdict, category: verdict === 'healthy' ? 'healthy' : 'unknown' };
    await workers.tell(world, async (incident) => {
      const status = verdict === 'healthy' ? 'closed_no_action' : 'inconclusive';
      expect(await incident.handle.result()).toMatchObject({ status });
    });
    expect(approvalsOf(world.last)).toEqual([]);
  },
);

test('a deployed version that does not help is followed by a rollback that is asked for', async () => {
  const world = new ScriptedWorld();
  world.f1After = 0.82;
  await workers.tell(world, async (incident) => {
    await incident.approve('retrain_model');
    await incident.approve('deploy_model');
    await workers.env().sleep('6 minutes');
    const { title } = await incident.asked('rollback_model');
    expect(title).toBe('roll classifier back from v3 to v2');
    await incident.approve('rollback_model');
    expect(await incident.handle.result()).toMatchObject({ status: 'mitigated' });
  });
  expect(world.activeVersion).toBe('v2');
});

test('messages that make no sense are noted and stop nothing', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    await incident.asked('retrain_model');
    for (const junk of ['hello', null, 42, [{ alert_id: 'x' }], { nested: [] }]) {
      await incident.handle.signal('alert', junk);
      await incident.handle.signal('decide', junk);
      await incident.handle.signal('operate', junk);
    }
    await incident.handle.signal('alert', [alert(), { alert_id: 'x' }]);
    await incident.until((view) => view.alert_count === 2, 'the good one counted');
    await incident.handle.executeUpdate('operate', { args: [{ command: 'close', by: 'Ana' }] });
    await incident.handle.result();
  });
  const notes = world.recorded
    .flatMap(({ events }) => events)
    .filter((event) => /not understood/.test(event.result));
  expect(notes.length).toBeGreaterThanOrEqual(15);
});

test('an unmeasured component whose alert its source takes back is not asked about any longer', async () => {
  const world = new ScriptedWorld();
  world.measured = false;
  world.policy = { ...POLICY, actions: { ...POLICY.actions, send_slack_alert: { approval: true } } };
  await workers.tell(world, async (incident) => {
    await incident.asked('send_slack_alert');
    await incident.handle.signal('alert', [alert({ status: 'resolved' })]);
    expect(await incident.handle.result()).toMatchObject({ status: 'closed_no_action' });
  });
  expect(world.called('check_drift')).toHaveLength(0);
  const diagnosed = world.recorded.flatMap(({ events }) => events).find((event) => event.what === 'diagnose');
  expect(diagnosed?.ms).toBeGreaterThanOrEqual(0);
});

test('one tool that does not answer is no proof of health, neither at the start nor after a rollback', async () => {
  const world = new ScriptedWorld();
  world.drift = 'clear';
  world.broken.add('check_drift');
  await workers.tell(world, async (incident) => {
    await incident.asked('retrain_model');
    await incident.handle.executeUpdate('operate', { args: [{ command: 'close', by: 'Ana' }] });
    await incident.handle.result();
  });
  expect(world.called('diagnose')).toHaveLength(1);
});

test('a close that was accepted lets nothing risky begin, and ends the incident once', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    const { approval_id } = await incident.asked('retrain_model');
    await Promise.all([
      incident.handle.signal('decide', { approvalId: approval_id, decision: 'approve', by: 'Ana' }),
      incident.handle.signal('operate', { command: 'close', by: 'Ben', reason: 'not now' }),
    ]);
    expect(await incident.handle.result()).toMatchObject({ status: 'closed_by_person' });
  });
  expect(world.called('trigger_retraining')).toHaveLength(0);
  expect(
    actionsTaken(world.last).every((a) => a.status !== 'running' && a.status !== 'awaiting_approval'),
  ).toBe(true);
});

test('a close that comes while the incident ends by itself does not hold its cooldown up', async () => {
  const world = new ScriptedWorld();
  world.drift = 'clear';
  await workers.tell(world, async (incident) => {
    await incident.handle.signal('operate', { command: 'close', by: 'Ana' });
    const { status } = await incident.handle.result();
    expect(['closed_no_action', 'closed_by_person']).toContain(status);
  });
  expect(world.last.phase).toBe('closed');
});

test('what a resolved alert says of severity lowers nothing, and a repeat in the cooldown opens nothing', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    await incident.asked('retrain_model');
    world.drift = 'clear';
    await incident.handle.signal('alert', [alert({ status: 'resolved', severity: 'info' })]);
    await incident.until((view) => view.phase === 'cooldown', 'in cooldown');
    await incident.handle.signal('alert', [alert({ severity: 'warning' })]);
    expect(await incident.handle.result()).toMatchObject({ incident_id: 'INC-2026-1123' });
  });
  expect(world.last).toMatchObject({ incident_id: 'INC-2026-1123', severity: 'critical' });
});

test('a failed deployment that is continued after the trigger has cleared is not carried out', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    await incident.approve('retrain_model');
    await incident.asked('deploy_model');
    world.broken.add('deploy_model');
    await incident.approve('deploy_model');
    const { step_id } = await incident.until((view) => view.step_id !== null, 'waits for a person');
    world.broken.clear();
    world.drift = 'clear';
    const before = world.called('deploy_model').length;
    await incident.handle.executeUpdate('operate', {
      args: [{ command: 'continue', stepId: step_id, by: 'Ana' }],
    });
    expect(await incident.handle.result()).toMatchObject({ status: 'inconclusive' });
    expect(world.called('deploy_model')).toHaveLength(before);
  });
  expect(world.activeVersion).toBe('v2');
});

test('a new version about which nothing answers is not called healthy', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    await incident.approve('retrain_model');
    await incident.approve('deploy_model');
    await incident.until((view) => view.phase === 'verify', 'deployed');
    world.broken.add('query_snowflake').add('check_model_health');
    await workers.env().sleep('16 minutes');
    const { title } = await incident.asked('rollback_model');
    expect(title).toContain('v3 to v2');
    await incident.handle.executeUpdate('operate', { args: [{ command: 'close', by: 'Ana' }] });
    await incident.handle.result();
  });
  expect(actionsTaken(world.last).find((a) => a.action === 'watch_health')).toMatchObject({
    status: 'failed',
    details: expect.stringContaining('nothing answered'),
  });
});

test('reasoning may ask for more evidence twice, then it must answer; each call of the model is in the trace', async () => {
  const world = new ScriptedWorld();
  world.wanted = [
    [{ tool: 'check_drift' }, { tool: 'search_runbooks', query: 'V14' }],
    [{ tool: 'query_snowflake' }],
    [],
  ];
  world.modelCalls = [
    modelCall('faulty', 'ev_1: cited, but not collected'),
    modelCall('used', 'upstream_change'),
  ];
  await workers.tell(world, async (incident) => {
    await incident.asked('retrain_model');
    await incident.handle.executeUpdate('operate', { args: [{ command: 'close', by: 'Ana' }] });
    await incident.handle.result();
  });
  const rounds = world.called('diagnose') as [DiagnoseRequest][];
  expect(rounds.map(([request]) => request.mayAsk)).toEqual([true, true, false]);
  expect(world.called('search_runbooks')).toEqual([
    expect.anything(),
    [expect.objectContaining({ query: 'V14', round: '1.1' })],
  ]);
  expect(world.called('check_drift').at(-1)).toEqual([expect.objectContaining({ round: '1.1' })]);
  const told = world.recorded.flatMap(({ events }) => events).filter(({ what }) => what === 'model');
  expect(told.map(({ by, result }) => `${by} ${result}`)).toEqual([
    'llama3 asked: wants more (diagnose@1, 900 tokens in, 80 out)',
    'llama3 asked: wants more (diagnose@1, 900 tokens in, 80 out)',
    'llama3 faulty: ev_1: cited, but not collected (diagnose@1, 900 tokens in, 80 out)',
    'llama3 used: upstream_change (diagnose@1, 900 tokens in, 80 out)',
  ]);
});

const recommends = (action: Action): Partial<Diagnosis> => ({
  recommended_actions: [{ action, priority: 1, requires_approval: true }],
});

test.each([
  ['rerun_pipeline', { pipeline: 'transactions' }],
  ['scale_infrastructure', { replicas: 6, expectedReplicas: 3 }],
] as const)('%s is asked for, called once, and the trigger clears: resolved', async (action, params) => {
  const world = new ScriptedWorld();
  world.diagnosis = recommends(action);
  await workers.tell(world, async (incident) => {
    expect((await incident.asked(action)).params).toMatchObject(params);
    expect(world.called(action)).toEqual([]);
    await incident.approve(action);
    expect(await incident.handle.result()).toMatchObject({ status: 'resolved' });
  });
  expect(world.called(action)).toEqual([
    [expect.objectContaining({ params: expect.objectContaining(params) })],
  ]);
});

test('servers that do not help are left to a person after the time to verify, with nothing else done', async () => {
  const world = new ScriptedWorld();
  world.diagnosis = recommends('scale_infrastructure');
  world.repaired = () => {};
  await workers.tell(world, async (incident) => {
    await incident.approve('scale_infrastructure');
    expect(await incident.handle.result()).toMatchObject({ status: 'escalated' });
  });
  expect(world.called('scale_infrastructure')).toHaveLength(1);
  expect(actionsTaken(world.last).find((a) => a.action === 'verify')).toMatchObject({ status: 'failed' });
});

test('a known cause that no action repairs stays with a person, and is never called inconclusive', async () => {
  const world = new ScriptedWorld();
  world.diagnosis = { category: 'attack_wave', recommended_actions: [] };
  await workers.tell(world, async (incident) => {
    expect(await incident.handle.result()).toMatchObject({ status: 'escalated' });
  });
});
