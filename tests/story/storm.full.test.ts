import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './stage.ts';

jest.setTimeout(180_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.close());

const REPEATS = 2_000;
const alert = (component: string) => ({
  alert_type: 'latency',
  severity: 'warning',
  affected_component: component,
  metrics: { latency_p99_ms: 1_800 },
  timestamp: new Date().toISOString(),
});

test('2,000 repeats at once are all taken, by one incident that counts them and stays small', async () => {
  const body = alert('payments');
  const answers = await Promise.all(
    Array.from({ length: REPEATS }, () => stage.call('POST', '/api/alerts', body)),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(answers.map((answer) => answer.body.alert_id)).size).toBe(1);

  const incident = await stage.incident(({ alert_count }) => alert_count === REPEATS, 60_000, 'payments');
  expect(incident.symptoms).toMatchObject([{ count: REPEATS, source: 'admin' }]);
  expect(await stage.api.get('/api/incidents?component=payments')).toHaveLength(1);
  const handle = stage.temporal.workflow.getHandle(incident.workflow_id);
  const { historyLength, historySize } = await handle.describe();
  // The whole incident, with a handful of events for each signal: how many batches there are depends on the machine.
  expect(historyLength).toBeLessThan(400);
  expect(historySize).toBeLessThan(200_000);
  const { events } = await handle.fetchHistory();
  const signals = (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes);
  expect(signals.length).toBeLessThan(REPEATS / 20);
});

test('with no worker up alerts are taken, and each counts once when one is back', async () => {
  const worker = stage.pid('worker');
  process.kill(worker, 'SIGSTOP');
  const body = alert('search');
  const answers = await Promise.all([1, 2, 3].map(() => stage.call('POST', '/api/alerts', body)));
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
  expect(await stage.api.get('/api/incidents?component=search')).toEqual([]);
  process.kill(worker, 'SIGCONT');
  const incident = await stage.incident(({ alert_count }) => alert_count > 0, 60_000, 'search');
  expect(incident.alert_count).toBe(3);
});

test('while the sandbox is down a fault cannot be injected: 503, and what to do; then it can', async () => {
  const back = stage.kill('sandbox');
  await until(() => stage.pid('sandbox') === undefined);
  const down = await stage.call('POST', '/api/simulate/training', { outcome: 'works' });
  expect(down).toMatchObject({ status: 503, body: { detail: expect.stringContaining('npm start') } });
  await back;
  expect(await stage.call('POST', '/api/simulate/training', { outcome: 'works' })).toMatchObject({
    status: 200,
  });
});
