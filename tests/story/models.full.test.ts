import { afterEach, expect, jest, test } from '@jest/globals';
import type { Schedules } from '../../src/api/routes/schedules.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import type { IncidentView } from '../../src/domain/incident.ts';
import type { OutgoingMessage } from '../../src/domain/messages.ts';
import { approvalsOf } from '../support/approvals.ts';
import { modelView } from '../support/model-view.ts';
import { until } from '../support/until.ts';
import { QUICK, type Seen, type Stage, startStage } from './stage.ts';

jest.setTimeout(400_000);

const TWO_MODELS = `
  classifier:
    model: classifier
    pipelines: { transactions: , accounts: { features: [V25, V26, V27, V28] } }
  chargeback:
    model: chargeback
    pipelines: { orders: , accounts: { features: [account_age, past_orders, past_disputes] } }`;

/** Its traffic is a fifth of the classifier's: more than this would be twice what is expected. */
const CALM = { live_rows_per_second: 60, label_delay: 2 };

let stage: Stage;
afterEach(() => stage?.close());

/** What was measured, done and told of an incident, as text; without what runbooks and past incidents say of any model. */
async function textOf({ incident_id, symptoms, actions }: Seen): Promise<string> {
  const evidence = await stage.api.get<Evidence[]>(`/api/incidents/${incident_id}/evidence`);
  const messages = (await stage.api.get<OutgoingMessage[]>('/api/outbox?limit=500')).filter(
    (message) => message.incident_id === incident_id,
  );
  expect(evidence.length).toBeGreaterThan(5);
  expect(messages.length).toBeGreaterThan(1);
  const measured = evidence.filter(({ tool }) => !tool.startsWith('search_'));
  const called = actions.map(({ action, params, result, title }) => ({ action, params, result, title }));
  return JSON.stringify([measured, symptoms, called, messages.map(({ title }) => title)]);
}

test('two faults on two models at once are two incidents, each resolved on its own', async () => {
  stage = await startStage(undefined, TWO_MODELS);
  const chargeback = modelView(stage.running.config.platform.url, 'chargeback');
  await stage.strike(['upstream_change', QUICK], ['model_regression', { model: 'chargeback', ...CALM }]);
  const retrain = await stage.asked('retrain_model', 60_000);
  const rollback = await stage.asked('rollback_model', 60_000, undefined, 'chargeback');
  expect(retrain.incident.diagnosis).toMatchObject({ category: 'upstream_change' });
  expect(rollback.incident.diagnosis).toMatchObject({ category: 'model_regression' });
  expect(retrain.approval.params).toMatchObject({ model: 'classifier' });
  expect(rollback.approval.params).toMatchObject({
    model: 'chargeback',
    version: 'v2',
    expectedActive: 'v3',
  });

  await stage.decide(rollback.incident, rollback.approval, 'approve');
  await stage.decide(retrain.incident, retrain.approval, 'approve');
  const deploy = await stage.asked('deploy_model', 120_000);
  await stage.decide(deploy.incident, deploy.approval, 'approve');

  const over = ({ phase }: Seen) => phase === 'cooldown';
  const first = await stage.incident(over, 200_000);
  const second = await stage.incident(over, 200_000, 'chargeback');
  expect([first.status, second.status]).toEqual(['resolved', 'resolved']);
  expect(await stage.api.get('/api/incidents')).toHaveLength(2);

  expect(await stage.platform.trainings()).toMatchObject([{ incident: first.incident_id }]);
  expect(await chargeback.trainings()).toEqual([]);
  const byIncident = async (view: typeof chargeback) =>
    (await view.deployments()).flatMap(({ incident, to }) => (incident ? [[incident, to]] : []));
  expect(await byIncident(stage.platform)).toEqual([[first.incident_id, 'v3']]);
  expect(await byIncident(chargeback)).toEqual([[second.incident_id, 'v2']]);
  const [about, aboutOther] = [await textOf(first), await textOf(second)];
  expect(about).not.toMatch(/chargeback|orders|delivery_days|discount/);
  const named = ({ incident_id }: Seen) => new RegExp(`${incident_id}(?![-\\w])`);
  expect(about).not.toMatch(named(second));
  expect(aboutOther).not.toMatch(/transactions|V14|V17|train-classifier/);
  expect(aboutOther).not.toMatch(named(first));
});

test('a fault of the pipeline that both share is one incident, which names it and whom else it feeds', async () => {
  stage = await startStage(undefined, TWO_MODELS);
  await stage.strike(['source_outage', { pipeline: 'accounts', ...QUICK }]);
  const told = await stage.incident(({ diagnosis }) => diagnosis, 60_000);
  expect(told.diagnosis).toMatchObject({ category: 'source_outage' });
  expect(told.diagnosis!.root_cause).toContain('accounts');
  expect(told.symptoms.map(({ summary }) => summary).join()).toContain('it also feeds chargeback');
  const polled = async () => (await stage.api.get<Schedules>('/api/schedules')).schedules[0]!.polls.succeeded;
  const seen = await polled();
  await until(async () => (await polled()) >= seen + 2, 60_000);
  const all = await stage.api.get<IncidentView[]>('/api/incidents');
  expect(all.map(({ component }) => component)).toEqual(['classifier']);
});

test('a component without trainer and serving is diagnosed; its card says what cannot be done, and why', async () => {
  stage = await startStage(
    undefined,
    `
  orders_risk: { model: chargeback, trainer: none, serving: none, pipelines: [orders] }`,
  );
  await stage.strike(['upstream_change', { model: 'chargeback', ...CALM }]);
  const incident = await stage.incident(
    ({ diagnosis, phase }) => diagnosis && phase !== 'investigate',
    60_000,
    'orders_risk',
  );
  expect(incident.diagnosis).toMatchObject({ category: 'upstream_change' });
  expect(incident.diagnosis!.not_found.join(' ')).toContain(
    'retraining is not proposed: orders_risk has no trainer (policy)',
  );
  expect(approvalsOf(incident).map(({ action }) => action)).not.toContain('retrain_model');
});
