import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ServiceError } from '@temporalio/client';
import { startApi, type TestApi } from './api-server.ts';

const ALERT = {
  alert_type: 'model_drift',
  severity: 'critical',
  affected_component: 'classifier_v2',
  metrics: { drift_score: 0.45 },
  timestamp: '2026-02-28T14:32:00Z',
};

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

test('an alert is answered 202 with its id, its incident workflow and where to look', async () => {
  const { status, body, headers } = await api.call('POST', '/api/alerts', ALERT);
  expect(status).toBe(202);
  expect(body).toEqual({
    alert_id: 'alert_2026-02-28_001',
    workflow_id: 'incident-test-classifier',
    status_url: '/api/incidents?component=classifier&limit=1',
  });
  expect(headers.get('location')).toBe(body.status_url);
  expect(api.temporal.calls).toMatchObject([
    {
      workflowId: 'incident-test-classifier',
      args: [{ alert_id: 'alert_2026-02-28_001', source: 'ana', fingerprint: 'model_drift:classifier' }],
    },
  ]);
});

test('the identical body again keeps the id; a later start of the same symptom is another alert', async () => {
  const ids = [];
  for (const body of [
    ALERT,
    ALERT,
    { ...ALERT, status: 'resolved' },
    { ...ALERT, starts_at: '2026-02-28T15:00:00Z' },
  ]) {
    ids.push((await api.call('POST', '/api/alerts', body)).body.alert_id);
  }
  expect(ids.map((id) => id.slice(-3))).toEqual(['001', '001', '001', '002']);
});

test('an array is answered by an array and costs one signal per component', async () => {
  const other = { ...ALERT, affected_component: 'payments' };
  const { body } = await api.call('POST', '/api/alerts', [ALERT, { ...ALERT, source_key: 'k' }, other]);
  expect(body).toHaveLength(3);
  expect(api.temporal.calls.map(({ workflowId, args }) => [workflowId, (args as []).length])).toEqual([
    ['incident-test-classifier', 2],
    ['incident-test-payments', 1],
  ]);
});

test('with Temporal away an alert is refused with 503 and can be sent again', async () => {
  api.temporal.signalWithStart = async () => {
    throw new ServiceError('unavailable');
  };
  const { status, body, headers } = await api.call('POST', '/api/alerts', ALERT);
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('5');
  expect(body).toMatchObject({ type: 'urn:agentops:problem:unavailable', status: 503 });
  api.temporal.signalWithStart = async () => {};
  expect((await api.call('POST', '/api/alerts', ALERT)).body.alert_id).toBe('alert_2026-02-28_001');
});

const BAD: [string, unknown, number, string | null][] = [
  ['not JSON', '{"alert_type":', 400, null],
  ['no body', undefined, 422, ''],
  ['a string', '"drift"', 422, ''],
  ['wrong types', { ...ALERT, metrics: { drift_score: 'high' } }, 422, 'metrics.drift_score'],
  ['an unknown type', { ...ALERT, alert_type: 'drift' }, 422, 'alert_type'],
  ['an unknown field', { ...ALERT, severty: 'critical' }, 422, 'severty'],
  ['no such time', { ...ALERT, timestamp: 'yesterday' }, 422, 'timestamp'],
  ['a component with a slash', { ...ALERT, affected_component: '../x' }, 422, 'affected_component'],
  ['an empty array', [], 422, ''],
  ['a wrong one in an array', [ALERT, { ...ALERT, severity: 'bad' }], 422, '1.severity'],
  ['201 alerts', Array(201).fill(ALERT), 422, ''],
  [
    'too many labels',
    { ...ALERT, labels: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`l${n}`, 'x'])) },
    422,
    'labels',
  ],
  ['2 MB', { ...ALERT, summary: 'x'.repeat(2_000_000) }, 413, null],
];
test.each(BAD)('bad input is refused and starts nothing: %s', async (_name, input, expected, path) => {
  const { status, body, headers } = await api.call('POST', '/api/alerts', input);
  expect(status).toBe(expected);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body).toMatchObject({ status: expected, instance: headers.get('x-request-id') });
  expect(body.detail).toBeTruthy();
  if (path !== null) expect(body.errors.map((error: { path: string }) => error.path)).toContain(path);
  expect(api.temporal.calls).toEqual([]);
});

test('a body that is not declared as JSON is 415 and says so', async () => {
  const answer = await api.call('POST', '/api/alerts', JSON.stringify(ALERT), {
    'content-type': 'application/x-www-form-urlencoded',
  });
  expect(answer.status).toBe(415);
  expect(answer.body.detail).toContain('Content-Type: application/json');
});
