import { expect, test } from '@jest/globals';
import { alert } from './fixtures.ts';
import { ScriptedWorld } from './scripted-world.ts';
import { useSharedWorkers } from './shared-workers.ts';

const workers = useSharedWorkers();

const RISKY = [
  'trigger_retraining',
  'deploy_model',
  'rollback_model',
  'rerun_pipeline',
  'scale_infrastructure',
] as const;
const TOOLS = ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'] as const;

/** What the poll raises when a tool cannot measure. */
const blind = (tool: (typeof TOOLS)[number], status: 'firing' | 'resolved' = 'firing') =>
  alert({
    alert_id: `alert_2026-11-23_${TOOLS.indexOf(tool) + 100}`,
    alert_type: 'data_quality',
    severity: status === 'firing' ? 'warning' : 'info',
    status,
    fingerprint: `data_quality:classifier:${tool}`,
    labels: { rule: 'monitoring', tool },
    summary: `${tool} cannot measure classifier: wrong password`,
    metrics: status === 'firing' ? { threshold: 0, components: tool === 'query_snowflake' ? 50 : 1 } : {},
    starts_at: '2026-11-23T07:00:00.000Z',
  });

test('measuring that works again by the time anybody looks closes without a word', async () => {
  const world = new ScriptedWorld();
  await workers.tell(
    world,
    async (incident) => {
      expect(await incident.handle.result()).toMatchObject({ status: 'closed_no_action' });
    },
    [blind('check_drift')],
  );
  expect(world.called('send_slack_alert')).toHaveLength(0);
  expect(world.called('diagnose')).toHaveLength(0);
});

test('while tools cannot measure people read which, why and since when; then it closes, told in the same thread', async () => {
  const world = new ScriptedWorld();
  // What fires meanwhile is for the polls to judge: two of four tools are no proof of anything here.
  for (const tool of TOOLS) world.broken.add(tool);
  await workers.tell(
    world,
    async (incident) => {
      const view = await incident.until((each) => /cannot be measured/.test(each.summary), 'said');
      expect(view).toMatchObject({
        status: 'in_progress',
        phase: 'monitor',
        actions: [],
        severity: 'warning',
      });
      expect(view.summary).toBe(
        'classifier and 49 other components cannot be measured since 2026-11-23T07:00:00.000Z: check_drift: check_drift is down; query_snowflake: query_snowflake is down',
      );
      expect(view.waiting_for).toContain('asked again by itself');
      await workers.env().sleep('10 minutes');
      expect(world.called('send_slack_alert')).toHaveLength(1);
      expect(world.called('page_on_call')).toHaveLength(0);
      world.broken.clear();
      expect(await incident.handle.result()).toMatchObject({ status: 'closed_no_action' });
    },
    [blind('check_drift'), blind('query_snowflake')],
  );
  const [first, last] = world
    .called('send_slack_alert')
    .map(([message]) => message as { ref?: string; key: string });
  expect(last!.ref).toBe(`ref:${first!.key}`);
  expect(world.called('diagnose')).toHaveLength(0);
  for (const tool of RISKY) expect(world.called(tool)).toHaveLength(0);
});

test('it asks the failing tools alone, less and less often, pages once after half an hour, and a person may close it', async () => {
  const world = new ScriptedWorld();
  world.broken.add('query_snowflake');
  await workers.tell(
    world,
    async (incident) => {
      await workers.env().sleep('3 hours');
      const view = await incident.until((each) => each.status === 'escalated', 'escalated');
      expect(view.error).toContain('query_snowflake is down');
      await incident.handle.executeUpdate('operate', {
        args: [{ command: 'close', by: 'Ana', reason: 'the warehouse is moved' }],
      });
      expect(await incident.handle.result()).toMatchObject({ status: 'closed_by_person' });
    },
    [blind('query_snowflake')],
  );
  expect(world.called('page_on_call')).toHaveLength(1);
  expect(world.called('check_drift')).toHaveLength(0);
  expect(world.called('query_snowflake').length).toBeLessThan(50);
  for (const tool of RISKY) expect(world.called(tool)).toHaveLength(0);
});

test('an alert of another kind that joins is investigated by its own strategy, and what was not measured is no symptom of it', async () => {
  const world = new ScriptedWorld();
  world.broken.add('check_model_health');
  await workers.tell(
    world,
    async (incident) => {
      await incident.until((each) => /cannot be measured/.test(each.summary), 'said');
      await incident.handle.signal('alert', [alert()]);
      await incident.asked('retrain_model');
      const view = await incident.view();
      expect(view).toMatchObject({ alert_type: 'model_drift', status: 'in_progress', error: null });
      await incident.handle.executeUpdate('operate', { args: [{ command: 'close', by: 'Ana' }] });
      await incident.handle.result();
    },
    [blind('check_model_health')],
  );
  const [request] = world.called('diagnose')[0] as [{ strategy: string; alerts: { fingerprint: string }[] }];
  expect(request.strategy).toBe('model_drift');
  expect(request.alerts.map(({ fingerprint }) => fingerprint)).toEqual(['model_drift:classifier']);
});

test('a tool that stops measuring beside an open fault starts no new diagnosis and does not keep the fault open', async () => {
  const world = new ScriptedWorld();
  await workers.tell(world, async (incident) => {
    await incident.asked('retrain_model');
    world.broken.add('check_model_health');
    await incident.handle.signal('alert', [blind('check_model_health')]);
    await incident.until((view) => view.symptoms.length === 2, 'joined');
    world.drift = 'clear';
    await incident.handle.signal('alert', [alert({ status: 'resolved' })]);
    expect(await incident.handle.result()).toMatchObject({ status: 'closed_no_action' });
  });
  expect(world.called('diagnose')).toHaveLength(1);
});

test('a component that leaves the policy is waited for no longer, and whoever was told is told so', async () => {
  const world = new ScriptedWorld();
  for (const tool of TOOLS) world.broken.add(tool);
  await workers.tell(
    world,
    async (incident) => {
      await incident.until((each) => /cannot be measured/.test(each.summary), 'said');
      world.brokenBy = 'UnknownComponent';
      expect(await incident.handle.result()).toMatchObject({ status: 'closed_no_action' });
    },
    [blind('check_drift'), blind('query_snowflake')],
  );
  expect(world.called('send_slack_alert').at(-1)![0]).toMatchObject({
    params: { body: expect.stringContaining('no longer in the policy') },
  });
  expect(world.called('page_on_call')).toHaveLength(0);
});

// The last one: where a run was terminated, the server skips no time any more.
test('after the end a real alert of the same type is a new incident, not a repeat', async () => {
  const world = new ScriptedWorld();
  await workers.tell(
    world,
    async (incident) => {
      await incident.recorded((view) => view.phase === 'cooldown', 'in cooldown');
      const nulls = alert({
        alert_type: 'data_quality',
        severity: 'warning',
        labels: { rule: 'data_quality' },
      });
      await incident.handle.signal('alert', [nulls]);
      await incident.recorded((view) => view.previous_incident === 'INC-2026-1123', 'followed by another');
      await workers.env().client.workflow.getHandle(incident.handle.workflowId).terminate('the test is over');
    },
    [blind('check_drift')],
  );
});
