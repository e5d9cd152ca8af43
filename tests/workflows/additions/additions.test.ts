// First: the tables are read when other modules are loaded.
import './entries.ts';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { equip } from '../../../src/agents/agents.ts';
import { cardOf, cardText } from '../../../src/domain/actions/card.ts';
import { Diagnosis } from '../../../src/domain/diagnosis.ts';
import { Policy } from '../../../src/domain/policy/policy.ts';
import { bundleOf, timeSkippingEnvironment } from '../../support/temporal.ts';
import { Incident, runWorkers, startIncident } from '../incident.ts';
import { ScriptedWorld } from '../scripted-world.ts';

/** An action is one entry and one activity, an evidence tool one row and one activity: everything else follows. */

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await timeSkippingEnvironment();
});
afterAll(() => env?.teardown());

const added = 'shed_traffic' as 'scale_infrastructure';

test('an added action is proposed, shown, edited, approved, called once with what was approved, and judged', async () => {
  const world = new ScriptedWorld();
  world.policy = Policy.parse({ components: { classifier: { model: 'classifier' } } });
  world.diagnosis = { recommended_actions: [{ action: added, priority: 1, requires_approval: true }] };
  const calls: unknown[] = [];
  const activities = {
    ...world.activities(),
    shed_traffic: async (request: { params: unknown }) => {
      calls.push(request.params);
      world.repaired();
      return { shed: 120, at: new Date().toISOString() };
    },
    check_gateway: async () => ({ id: 'ev_check_gateway_1', tool: 'check_gateway', summary: 'busy' }),
  };
  const bundle = await bundleOf(join(import.meta.dirname, 'index.ts'));
  await runWorkers(env, activities, bundle, async () => {
    const handle = await startIncident(env, `incident-additions-${process.pid}`);
    const incident = new Incident(env, world, handle);
    const card = await incident.asked('shed_traffic');
    expect(cardText(cardOf(card))).toContain('Action: shed_traffic {"model":"classifier","share":0.25');
    await handle.executeUpdate('decide', {
      args: [{ approvalId: card.approval_id, decision: 'edit', by: 'Ben', params: { share: 0.5 } }],
    });
    await incident.until(
      ({ actions }) => actions.some((a) => a.title.startsWith('turn away 50 %') && a.state === 'awaiting'),
      'edited',
    );
    await incident.approve('shed_traffic');
    expect(await handle.result()).toMatchObject({ status: 'resolved' });
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: bundle }, history);
  });
  expect(calls).toEqual([
    { model: 'classifier', share: 0.5, reason: expect.stringContaining('upstream_change') },
  ]);
  const record = world.last.actions.find(({ action }) => action === 'shed_traffic');
  expect(record).toMatchObject({ state: 'verified', title: 'turn away 50 % of the requests to classifier' });
  // The added tool was asked, and the diagnosis had its evidence.
  expect(world.called('diagnose')[0]![0]).toMatchObject({
    evidence: expect.arrayContaining(['ev_check_gateway_1']),
  });
});

test('policy and diagnosis know the added action; the agents may use what their rows say', () => {
  const policy = Policy.parse({ components: {}, actions: { shed_traffic: { approval: false } } });
  expect(policy.actions[added]).toEqual({ approval: false });
  expect(Policy.parse({ components: {} }).actions[added]).toEqual({ approval: true });
  expect(Diagnosis.shape.recommended_actions.element.shape.action.safeParse(added).success).toBe(true);
  const tool = { shed_traffic: async () => {} };
  expect(equip('remediator', tool)).toBe(tool);
  expect(() => equip('investigator', tool)).toThrow('it was also given shed_traffic');
  const reading = { check_gateway: async () => {} };
  expect(equip('investigator', reading)).toBe(reading);
});
