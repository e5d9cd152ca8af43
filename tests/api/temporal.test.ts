import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { recordIncident } from '../../activities/record/record-incident.ts';
import type { IncidentView } from '../../src/domain/incident.ts';
import { incidentWorkflowId, REMEDIATION_QUEUE, TASK_QUEUE } from '../../workflows/names.ts';
import { approvalsOf } from '../support/approvals.ts';
import { devServerEnvironment, workflowBundle } from '../support/temporal.ts';
import { Incident } from '../workflows/incident.ts';
import { ScriptedWorld } from '../workflows/scripted-world.ts';
import { startApi, type TestApi } from './api-server.ts';

let env: TestWorkflowEnvironment;
let api: TestApi;
beforeAll(async () => {
  env = await devServerEnvironment();
  api = await startApi({ client: env.client });
});
afterAll(async () => {
  await api?.close();
  await env?.teardown();
});

const world = new ScriptedWorld();

/** Runs the story with workers up, whose activities write to the API's store. */
async function withWorkers<T>(story: () => Promise<T>): Promise<T> {
  const base = world.activities();
  const activities = {
    ...base,
    open_incident: async (request: Parameters<typeof base.open_incident>[0]) => ({
      ...(await base.open_incident(request)),
      incidentId: await api.store.allotIncident(request.workflowId, request.originalRunId, new Date()),
    }),
    record_incident: async (...[change, events]: Parameters<typeof base.record_incident>) => {
      await base.record_incident(change, events);
      return recordIncident({ store: api.store })(change, events);
    },
  };
  const common = { connection: env.nativeConnection, activities };
  const workflows = await Worker.create({
    ...common,
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(),
  });
  const acting = await Worker.create({ ...common, taskQueue: REMEDIATION_QUEUE });
  return await acting.runUntil(workflows.runUntil(story));
}

function post(component: string, n: number) {
  return api.call('POST', '/api/alerts', {
    alert_type: 'model_drift',
    severity: 'critical',
    affected_component: `${component}_v2`,
    metrics: { drift_score: 0.45 },
    timestamp: '2026-02-28T14:32:00Z',
    source_key: `${component}-${n}`,
  });
}

function incidentOf(component: string): Incident {
  return new Incident(env, world, env.client.workflow.getHandle(incidentWorkflowId('test', component)));
}

/** The store's view of the component's incident, once it is as wanted. */
async function recorded(component: string, wanted: (view: IncidentView) => boolean): Promise<IncidentView> {
  for (;;) {
    const { body } = await api.call('GET', `/api/incidents?component=${component}`);
    const view = (body as IncidentView[])[0];
    if (view && wanted(view)) return view;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const openApproval = (view: IncidentView) => approvalsOf(view).find(({ status }) => status === 'open');

test('2,000 alerts sent at once with no worker up are one incident that counts them all', async () => {
  const numbers = Array.from({ length: 2000 }, (_, n) => n);
  let accepted = 0;
  const sender = async () => {
    for (let n = numbers.pop(); n !== undefined; n = numbers.pop()) {
      if ((await post('storm', n)).status === 202) accepted += 1;
    }
  };
  await Promise.all(Array.from({ length: 200 }, sender));
  expect(accepted).toBe(2000);
  const { handle } = incidentOf('storm');
  const { historyLength } = await handle.describe();
  expect(historyLength).toBeLessThan(700);
  await withWorkers(async () => {
    const view = await incidentOf('storm').until(({ alert_count }) => alert_count >= 2000, 'counted');
    expect(view.alert_count).toBe(2000);
    expect(view.symptoms).toMatchObject([{ count: 2000 }]);
  });
  await handle.terminate('the test is over');
});

test('a decision over REST counts at once, a second one hears who was first', async () => {
  await withWorkers(async () => {
    await post('ranker', 1);
    const view = await recorded('ranker', (each) => openApproval(each) !== undefined);
    const { approval_id } = openApproval(view)!;
    const incident = `/api/incidents/${view.incident_id}`;
    const path = `${incident}/approvals/${approval_id}`;

    const unknown = await api.call('POST', `${incident}/approvals/zzzzzzzz`, { decision: 'approve' });
    expect([unknown.status, unknown.body.detail]).toEqual([404, expect.stringContaining(approval_id)]);
    const stale = await api.call('POST', `${incident}/operate`, { command: 'skip', stepId: 'gone@1' });
    expect(stale.status).toBe(409);
    const live = await api.call('GET', `${incident}/queries/incident`);
    expect(live.body).toMatchObject({ incident_id: view.incident_id });

    const key = { 'idempotency-key': 'once' };
    const first = await api.call('POST', path, { decision: 'deny', reason: 'not now' }, key);
    expect([first.status, first.body.outcome]).toEqual([200, 'accepted']);
    const again = await api.call('POST', path, { decision: 'deny', reason: 'not now' }, key);
    expect([again.status, again.body]).toEqual([200, first.body]);
    const second = await api.call('POST', path, { decision: 'approve' });
    expect([second.status, second.body.detail]).toEqual([409, expect.stringContaining('ana')]);
    const denied = await recorded('ranker', (each) => approvalsOf(each)[0]?.status === 'denied');
    expect(approvalsOf(denied)[0]).toMatchObject({ decided_by: 'ana', reason: 'not now' });
  });
  await incidentOf('ranker').handle.terminate('the test is over');
});

test('with no worker a decision is recorded, and applies once when a worker is back', async () => {
  const view = await withWorkers(async () => {
    await post('scorer', 1);
    return await recorded('scorer', (each) => openApproval(each) !== undefined);
  });
  const { approval_id } = openApproval(view)!;
  const path = `/api/incidents/${view.incident_id}`;
  const answer = await api.call('POST', `${path}/approvals/${approval_id}`, { decision: 'approve' });
  expect([answer.status, answer.body.outcome]).toEqual([202, 'recorded']);
  expect((await api.call('GET', `${path}/queries/incident`)).status).toBe(503);
  await withWorkers(async () => {
    const after = await recorded('scorer', (each) => approvalsOf(each)[0]?.status !== 'open');
    expect(approvalsOf(after)[0]).toMatchObject({
      approval_id,
      status: 'approved',
      decided_by: 'ana',
      also: [],
    });
  });
  await incidentOf('scorer').handle.terminate('the test is over');
  const gone = await api.call('POST', `${path}/operate`, { command: 'acknowledge' });
  expect([gone.status, gone.body.detail]).toEqual([
    409,
    expect.stringContaining('ended without being closed'),
  ]);
});

test('word that an alert is over opens no incident', async () => {
  const answer = await api.call('POST', '/api/alerts', {
    alert_type: 'model_drift',
    severity: 'critical',
    affected_component: 'quiet',
    timestamp: '2026-02-28T14:32:00Z',
    status: 'resolved',
  });
  expect(answer.status).toBe(202);
  await expect(incidentOf('quiet').handle.describe()).rejects.toThrow(WorkflowNotFoundError);
});
