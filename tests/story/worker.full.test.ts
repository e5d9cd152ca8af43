import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { approvalsOf } from '../support/approvals.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './stage.ts';

jest.setTimeout(180_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.close());

/** Kills the worker the moment a message stands in the store. */
async function killOnceRecorded(operation: string, withinMs: number): Promise<void> {
  const db = new DatabaseSync(join(stage.running.config.dataDir, 'agentops.db'), { readOnly: true });
  const find = db.prepare("SELECT 1 FROM outbox WHERE message ->> 'operation' = ?");
  const deadline = Date.now() + withinMs;
  while (!find.get(operation)) {
    if (Date.now() > deadline) throw new Error(`no ${operation} within ${withinMs} ms`);
    await nextTurn();
  }
  const back = stage.kill('worker');
  db.close();
  await back;
}

test('kill -9 of the worker right after the issue was created: it goes on, with one issue', async () => {
  await stage.drift();
  await killOnceRecorded('create_issue', 60_000);
  const { incident } = await stage.asked('retrain_model', 120_000);
  expect(await stage.outbox('create_issue')).toHaveLength(1);
  expect(incident.diagnosis).toMatchObject({ category: 'upstream_change' });
});

test('kill -9 while it waits for an approval: the same approval is open, and nothing was started', async () => {
  const { approval } = await stage.asked('retrain_model');
  await stage.kill('worker');
  const { approval: after } = await stage.asked('retrain_model');
  expect(after.approval_id).toBe(approval.approval_id);
  expect(await stage.platform.trainings()).toEqual([]);
});

test('kill -9 as soon as training has begun: its result is taken up, and no second job is started', async () => {
  const { incident, approval } = await stage.asked('retrain_model');
  const approved = stage.decide(incident, approval, 'approve');
  await until(async () => (await stage.platform.trainings()).length > 0, 60_000, 0);
  await stage.kill('worker');
  expect((await approved).status).toBeLessThan(300);
  await stage.asked('deploy_model', 150_000);
  expect(await stage.platform.trainings()).toMatchObject([{ status: 'succeeded' }]);
});

test('with no worker an approval and an alert are taken, and take effect once when one is back', async () => {
  const { incident, approval } = await stage.asked('deploy_model');
  const worker = stage.pid('worker');
  process.kill(worker, 'SIGSTOP');
  const decided = await stage.decide(incident, approval, 'approve');
  const again = await stage.decide(incident, approval, 'approve');
  const alert = await stage.call('POST', '/api/alerts', {
    alert_type: 'latency',
    severity: 'warning',
    affected_component: 'classifier_v2',
    timestamp: new Date().toISOString(),
    source: 'someone else',
  });
  expect([decided.status, again.status, alert.status]).toEqual([202, 202, 202]);
  expect(decided.body).toMatchObject({ outcome: 'recorded' });
  expect(await stage.platform.deployments()).toHaveLength(2);
  process.kill(worker, 'SIGCONT');
  const after = await stage.incident(({ phase }) => phase === 'verify');
  expect(approvalsOf(after).filter((a) => a.status === 'approved')).toHaveLength(2);
  expect(approvalsOf(after).at(-1)!.also).toHaveLength(1);
  expect(after.symptoms.find((symptom) => symptom.source === 'someone else')).toMatchObject({ count: 1 });
});

test('it ends resolved: one incident, one issue, one training job, one deployment', async () => {
  const incident = await stage.incident(({ phase }) => phase === 'cooldown', 120_000);
  expect(incident.status).toBe('resolved');
  const types = incident.symptoms.map((symptom) => symptom.alert_type);
  expect(types).toEqual(expect.arrayContaining(['model_drift', 'accuracy_drop']));
  expect(await stage.api.get('/api/incidents')).toHaveLength(1);
  expect(await stage.outbox('create_issue')).toHaveLength(1);
  expect(await stage.outbox('close_issue')).toHaveLength(1);
  expect(await stage.platform.trainings()).toMatchObject([{ incident: incident.incident_id }]);
  const deployments = await stage.platform.deployments();
  expect(deployments.filter((d) => d.incident === incident.incident_id)).toHaveLength(1);
  const { raw } = await stage.temporal.workflow.getHandle(incident.workflow_id).describe();
  expect(Number(raw.workflowExecutionInfo!.historySizeBytes)).toBeLessThan(200_000);
});
