import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { actionsTaken } from '../../src/domain/actions/outcome.ts';
import { approvalsOf } from '../support/approvals.ts';
import { type Seen, type Stage, startStage } from './stage.ts';

jest.setTimeout(180_000);

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
}, 120_000);
afterEach(() => stage?.close());

/** The JSON lines that Temporal Web shows under "current details", as an on-call engineer would copy them. */
async function shownJson(incident: Seen): Promise<string[]> {
  const handle = stage.temporal.workflow.getHandle(incident.workflow_id);
  const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return currentDetails.split('\n').filter((line) => line.startsWith('{'));
}

/** The official command, as its own help has it. */
async function signalByCommand(workflowId: string, input: string): Promise<void> {
  const { port } = stage.running.config.temporal;
  const args = ['workflow', 'signal', '--workflow-id', workflowId, '--name', 'decide', '--input', input];
  await promisify(execFile)(process.env.AGENTOPS_TEST_TEMPORAL!, [...args, '--address', `127.0.0.1:${port}`]);
}

const deploymentsOf = async ({ incident_id }: Seen) =>
  (await stage.platform.deployments()).filter((deployment) => deployment.incident === incident_id);

test('training fails: rolling back is proposed; denied it escalates, continued and approved it is mitigated', async () => {
  await stage.drift('fails');
  const { incident, approval: retrain } = await stage.asked('retrain_model');
  const json = (await shownJson(incident)).find((line) => line.includes('"approve"'))!;
  expect(JSON.parse(json)).toMatchObject({ approvalId: retrain.approval_id, decision: 'approve' });
  await signalByCommand(incident.workflow_id, json);

  const { approval: rollback } = await stage.asked('rollback_model', 90_000);
  expect(await stage.platform.trainings()).toMatchObject([{ status: 'failed' }]);
  expect(rollback).toMatchObject({ params: { version: 'v1', expectedActive: 'v2' } });
  expect(rollback.why).toContain('out of memory');
  const denied = await stage.decide(incident, rollback, 'deny', 'v1 is even older');
  expect(denied).toMatchObject({ status: 200, body: { outcome: 'accepted' } });

  const escalated = await stage.incident(({ status, step_id }) => status === 'escalated' && step_id);
  expect(escalated.error).toContain('v1 is even older');
  expect(approvalsOf(escalated).find((a) => a.approval_id === retrain.approval_id)).toMatchObject({
    status: 'approved',
    decided_by: 'your name',
  });
  expect(await deploymentsOf(escalated)).toEqual([]);

  const operate = `/api/incidents/${incident.incident_id}/operate`;
  await stage.api.post(operate, { command: 'continue', stepId: escalated.step_id });
  const { approval: again } = await stage.asked('rollback_model');
  expect(again.approval_id).not.toBe(rollback.approval_id);
  await stage.decide(incident, again, 'approve');
  const end = await stage.incident(({ phase }) => phase === 'cooldown', 90_000);
  expect(end).toMatchObject({ status: 'mitigated', waiting_for: expect.stringMatching(/^a person: /) });
  expect(await deploymentsOf(end)).toMatchObject([{ kind: 'rollback', from: 'v2', to: 'v1' }]);
  expect(await stage.platform.trainings()).toHaveLength(1);
  expect(await stage.outbox('close_issue')).toEqual([]);
});

test('retraining that does not help is stopped by the gate; production stays as it was', async () => {
  const before = await stage.platform.deployments();
  await stage.drift('does_not_help');
  const { incident, approval } = await stage.asked('retrain_model');
  await stage.decide(incident, approval, 'approve');
  const { approval: rollback } = await stage.asked('rollback_model', 90_000);
  expect(await stage.platform.trainings()).toMatchObject([{ status: 'succeeded' }]);
  expect(rollback.why).toContain('evaluation_gate failed');

  await stage.decide(incident, rollback, 'deny', 'we wait for the vendor');
  const escalated = await stage.incident(({ status, step_id }) => status === 'escalated' && step_id);
  const gate = actionsTaken(escalated).find(({ action }) => action === 'evaluation_gate');
  expect(gate).toMatchObject({ status: 'failed', details: expect.stringContaining('NOT met') });
  expect(escalated.actions.filter(({ action }) => action === 'deploy_model')).toEqual([]);
  const operate = `/api/incidents/${incident.incident_id}/operate`;
  await stage.api.post(operate, { command: 'close', reason: 'the vendor is told' });
  const end = await stage.incident(({ phase }) => phase === 'cooldown');
  expect(end).toMatchObject({
    status: 'closed_by_person',
    waiting_for: expect.stringContaining('the vendor is told'),
  });
  expect(await stage.platform.deployments()).toEqual(before);
});
