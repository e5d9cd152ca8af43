import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { approvalsOf } from '../support/approvals.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.close());

test('a change upstream is detected and diagnosed, and an approved retraining runs once; a person closes', async () => {
  await stage.drift();
  const { incident, approval } = await stage.asked('retrain_model');
  expect(incident.alert_type).toBe('model_drift');
  expect(incident.diagnosis).toMatchObject({ category: 'upstream_change', diagnosed_by: 'rules' });
  expect(incident.diagnosis!.runbook_reference).toMatch(/^runbook_model_drift\.md#section-/);
  const mistyped = { ...approval, approval_id: 'zzzzzzzz' };
  expect(await stage.decide(incident, mistyped, 'approve')).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining(`open here: ${approval.approval_id}`) },
  });
  expect(await stage.platform.trainings()).toEqual([]);
  expect(await stage.decide(incident, approval, 'approve')).toMatchObject({
    status: 200,
    body: { outcome: 'accepted' },
  });
  expect(await stage.decide(incident, approval, 'approve')).toMatchObject({ status: 409 });

  await stage.asked('deploy_model');
  expect(await stage.platform.trainings()).toMatchObject([
    { status: 'succeeded', incident: incident.incident_id },
  ]);
  const operate = `/api/incidents/${incident.incident_id}/operate`;
  await stage.api.post(operate, { command: 'close', reason: 'seen enough' });
  const end = await stage.incident(({ phase }) => phase === 'cooldown');
  expect(end).toMatchObject({ status: 'closed_by_person', waiting_for: 'closed by admin: seen enough' });
  expect(approvalsOf(end).at(-1)).toMatchObject({ action: 'deploy_model', status: 'withdrawn' });
  expect(await stage.outbox('create_issue')).toHaveLength(1);
  expect((await stage.platform.deployments()).filter((d) => d.incident !== null)).toEqual([]);
}, 120_000);
