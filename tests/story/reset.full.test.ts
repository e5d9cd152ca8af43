import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Seen, type Stage, startStage } from './stage.ts';

jest.setTimeout(180_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  await stage.drift();
}, 120_000);
afterAll(() => stage?.close());

/** Resets as Temporal Web does, signals and Updates re-applied: to just after the first such activity was done. */
async function resetAfter(activity: string, { workflow_id }: Seen): Promise<void> {
  const handle = stage.temporal.workflow.getHandle(workflow_id);
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const all = events ?? [];
  const scheduled = all.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity,
  );
  const done = all.findIndex((event) =>
    event.activityTaskCompletedEventAttributes?.scheduledEventId?.eq(scheduled!.eventId!),
  );
  const task = all.slice(done).find((event) => event.workflowTaskCompletedEventAttributes)!;
  await stage.temporal.workflowService.resetWorkflowExecution({
    namespace: stage.temporal.options.namespace,
    workflowExecution: { workflowId: workflow_id, runId },
    reason: 'a person tries again',
    requestId: randomUUID(),
    workflowTaskFinishEventId: task.eventId!,
  });
}

test('reset to before a decision whose job has run: asked again, the old approval is refused, no second job', async () => {
  const { incident, approval: old } = await stage.asked('retrain_model');
  await stage.decide(incident, old, 'approve');
  const { approval: oldDeploy } = await stage.asked('deploy_model', 90_000);
  const [job] = await stage.platform.trainings();

  await resetAfter('request_human_approval', incident);
  const { approval: renewed } = await stage.asked('retrain_model');
  expect(renewed.approval_id).not.toBe(old.approval_id);
  const refused = await stage.decide(incident, old, 'approve');
  expect(refused).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining(`replaced by ${renewed.approval_id}`) },
  });
  expect(await stage.decide(incident, renewed, 'approve')).toMatchObject({ status: 200 });

  const { approval: deploy } = await stage.asked('deploy_model', 90_000);
  expect(deploy.approval_id).not.toBe(oldDeploy.approval_id);
  expect(await stage.platform.trainings()).toEqual([job]);
});

test('reset to after the trigger: it is not repeated, and only the new approval deploys', async () => {
  const { incident, approval: old } = await stage.asked('deploy_model');
  await resetAfter('trigger_retraining', incident);
  const { approval: renewed } = await stage.asked('deploy_model', undefined, old.approval_id);
  const refused = await stage.decide(incident, old, 'approve');
  expect(refused).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining(`replaced by ${renewed.approval_id}`) },
  });
  const before = await stage.platform.deployments();
  expect(before.filter((d) => d.incident !== null)).toEqual([]);
  expect(await stage.decide(incident, renewed, 'approve')).toMatchObject({ status: 200 });
});

test('after both resets it ends resolved: one incident, one issue, one job, one deployment', async () => {
  const incident = await stage.incident(({ phase }) => phase === 'cooldown', 150_000);
  expect(incident.status).toBe('resolved');
  expect(await stage.api.get('/api/incidents')).toHaveLength(1);
  expect(await stage.outbox('create_issue')).toHaveLength(1);
  expect(await stage.platform.trainings()).toMatchObject([{ incident: incident.incident_id }]);
  const deployments = await stage.platform.deployments();
  expect(deployments.filter((d) => d.incident === incident.incident_id)).toHaveLength(1);
});
