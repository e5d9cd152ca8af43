import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './stage.ts';

jest.setTimeout(180_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  await stage.drift();
}, 120_000);
afterAll(() => stage?.close());

test('kill -9 of api, sandbox and Temporal while an approval waits: it stays open and counts once', async () => {
  const { approval } = await stage.asked('retrain_model');
  for (const name of ['api', 'sandbox', 'temporal'] as const) {
    await stage.kill(name);
    const { approval: still } = await stage.asked('retrain_model');
    expect(still.approval_id).toBe(approval.approval_id);
  }
  const { incident } = await stage.asked('retrain_model');
  expect(await stage.platform.trainings()).toEqual([]);
  expect((await stage.decide(incident, approval, 'approve')).status).toBeLessThan(300);
});

test('kill -9 of the sandbox while it trains: the same job runs again and is taken up', async () => {
  const running = async () => (await stage.platform.trainings())[0]?.status === 'running';
  await until(running, 60_000);
  await stage.kill('sandbox');
  const { incident, approval } = await stage.asked('deploy_model', 120_000);
  expect(await stage.platform.trainings()).toMatchObject([{ status: 'succeeded' }]);
  expect((await stage.decide(incident, approval, 'approve')).status).toBeLessThan(300);
});

test('kill -9 of Temporal and of the api while the new version is watched: it ends resolved, all done once', async () => {
  await stage.incident(({ waiting_for }) => waiting_for.includes('is watched until'));
  await Promise.all([stage.kill('temporal'), stage.kill('api')]);
  const incident = await stage.incident(({ phase }) => phase === 'cooldown', 150_000);
  expect(incident).toMatchObject({ status: 'resolved', error: null });
  expect(await stage.api.get('/api/incidents')).toHaveLength(1);
  expect(await stage.outbox('create_issue')).toHaveLength(1);
  expect(await stage.platform.trainings()).toHaveLength(1);
  const deployments = await stage.platform.deployments();
  expect(deployments.filter((d) => d.incident === incident.incident_id)).toHaveLength(1);
});
