import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { IncidentView } from '../../src/domain/incident.ts';
import { sampleAsked, sampleDecision, sampleEvent, sampleView } from '../store/samples.ts';
import { startApi, type TestApi } from './api-server.ts';

const AT = '2026-02-28T14:32:00.000Z';
const LATER = '2026-02-28T15:00:00.000Z';

const ID = 'INC-2026-0228';
const DECIDE = `/api/incidents/${ID}/approvals/abcd1234`;

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
  await record({ actions: [sampleAsked()], step_id: 'retrain@epoch1' });
});
afterEach(() => api.close());

const record = (over: Partial<IncidentView>) => api.store.record(sampleView(over), [sampleEvent()]);

/** No worker is up: nothing accepts an Update in time. */
function noWorker(): void {
  api.temporal.update = async () => {
    throw new WorkflowUpdateRPCTimeoutOrCancelledError('deadline exceeded');
  };
}

function refuse(type: string, message: string): void {
  api.temporal.update = async () => {
    throw new WorkflowUpdateFailedError('refused', ApplicationFailure.nonRetryable(message, type));
  };
}

const noWorkflow = async () => {
  throw new WorkflowNotFoundError('not found', 'incident-test-classifier', undefined);
};

test('an incident is shown with its events, trace and links', async () => {
  const { status, body } = await api.call('GET', `/api/incidents/${ID}`);
  expect(status).toBe(200);
  expect(body.incident).toEqual(sampleView({ actions: [sampleAsked()], step_id: 'retrain@epoch1' }));
  expect(body.events).toMatchObject([{ id: 1, what: 'check_drift' }]);
  expect(body.trace.mermaid).toContain('Monitor->>Monitor: check_drift: PSI 0.45');
  expect(body.trace.table).toHaveLength(1);
  expect(body.links.temporal).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows/incident-test-classifier/run-1',
  );
  expect((await api.call('GET', '/api/incidents/INC-1999-0101')).status).toBe(404);
});

test('the list filters by status, component and approval', async () => {
  await record({ incident_id: 'INC-2026-0301', component: 'payments', status: 'resolved' });
  const ids = async (query: string) =>
    (await api.call('GET', `/api/incidents${query}`)).body.map((view: IncidentView) => view.incident_id);
  expect(await ids('?status=resolved')).toEqual(['INC-2026-0301']);
  expect(await ids('?component=classifier')).toEqual([ID]);
  expect(await ids('?approval=abcd1234')).toEqual([ID]);
  expect(await ids('?approval=nowhere1')).toEqual([]);
});

test('evidence and outbox are listed', async () => {
  const item = {
    id: 'ev_check_drift_00000001',
    incident_id: ID,
    tool: 'check_drift',
    system: 'DuckDB',
    asked: 'SELECT 1',
    at: AT,
    summary: 'PSI 0.45',
    facts: {},
  };
  await api.store.saveEvidence(item);
  expect((await api.call('GET', `/api/incidents/${ID}/evidence`)).body).toEqual([item]);
  expect((await api.call('GET', '/api/incidents/INC-1/evidence')).status).toBe(404);
  const message = {
    connector: 'slack' as const,
    operation: 'post',
    key: 'k',
    incident_id: ID,
    target: '#ml-alerts',
    title: 'drift',
    body: 'PSI 0.45',
  };
  await api.store.putOutbox(message, new Date(AT));
  expect((await api.call('GET', '/api/outbox')).body).toMatchObject([
    { ref: 'outbox-1', status: 'recorded' },
  ]);
});

test('a decision reaches the incident in the name of the token, whatever the body says', async () => {
  const { status, body } = await api.call('POST', DECIDE, { decision: 'approve', by: 'mallory' });
  expect([status, body]).toEqual([200, { outcome: 'accepted', message: 'accepted' }]);
  const [call] = api.temporal.calls;
  expect(call).toMatchObject({
    what: 'update',
    workflowId: 'incident-test-classifier',
    name: 'decide',
    args: { approvalId: 'abcd1234', decision: 'approve', by: 'ana' },
  });
  expect((call!.args as { decisionId: string }).decisionId).toBe(call!.id);
});

test('an idempotency key gives one id to one person and approval, and another to others', async () => {
  const ids: unknown[] = [];
  const post = async (path: string, headers: Record<string, string>) => {
    await api.call('POST', path, { decision: 'approve' }, headers);
    ids.push(api.temporal.calls.at(-1)!.id);
  };
  const ben = await api.tokenOf('ben', ['actions:decide']);
  await post(DECIDE, { 'idempotency-key': 'k1' });
  await post(DECIDE, { 'idempotency-key': 'k1' });
  await post(DECIDE, { 'idempotency-key': 'k1', authorization: `Bearer ${ben}` });
  await post(DECIDE, {});
  expect(ids[1]).toBe(ids[0]);
  expect(new Set(ids).size).toBe(3);
});

test('a denial needs a reason', async () => {
  const { status, body } = await api.call('POST', DECIDE, { decision: 'deny', reason: ' ' });
  expect(status).toBe(422);
  expect(body.errors).toEqual([{ path: 'reason', message: expect.stringContaining('needs a reason') }]);
  expect(api.temporal.calls).toEqual([]);
});

test.each([
  ['AlreadyDecided', 409],
  ['UnknownApproval', 404],
  ['NotForThisTier', 403],
  ['ReplacedApproval', 409],
  ['StaleStep', 409],
  ['InvalidMessage', 422],
  ['Else', 409],
])('a refusal of the incident (%s) is answered %i with its sentence', async (type, expected) => {
  refuse(type, 'already decided by Ana 12 s ago');
  const { status, body } = await api.call('POST', DECIDE, { decision: 'approve' });
  expect(status).toBe(expected);
  expect(body.detail).toContain('already decided by Ana 12 s ago');
  expect(api.temporal.calls.map(({ what }) => what)).toEqual(['update']);
});

test('without a worker a decision is recorded by signal under the same id, and answered 202', async () => {
  noWorker();
  const { status, body } = await api.call('POST', DECIDE, { decision: 'approve' });
  expect(status).toBe(202);
  expect(body).toEqual({ outcome: 'recorded', message: expect.stringContaining('worker') });
  const [update, signal] = api.temporal.calls;
  expect(signal).toMatchObject({ what: 'signal', name: 'decide' });
  expect(signal!.args).toEqual(update!.args);
});

test('without a worker a decision that cannot count is refused', async () => {
  noWorker();
  const denial = sampleDecision({ by: 'ben', at: '2026-02-28T14:39:48.000Z' });
  const decided = sampleAsked({ state: 'denied', decisions: [denial] });
  await record({ version: 2, actions: [decided] });
  const { status, body } = await api.call('POST', DECIDE, { decision: 'approve' });
  expect([status, body.detail]).toEqual([409, 'already denied by ben 12 s ago']);
  const unknown = await api.call('POST', `/api/incidents/${ID}/approvals/nowhere1`, { decision: 'approve' });
  expect(unknown.status).toBe(503);
  const { expires_at } = sampleAsked().approval!;
  await record({ version: 3, actions: [sampleAsked()] });
  api.clock.now = new Date(expires_at);
  const late = await api.call('POST', DECIDE, { decision: 'approve' });
  expect([late.status, late.body.detail]).toEqual([409, `expired at ${expires_at}: nothing runs`]);
  expect(api.temporal.calls.map(({ what }) => what)).toEqual(['update', 'update', 'update']);
});

test('with Temporal away a decision is refused with 503 and nothing is recorded', async () => {
  noWorker();
  api.temporal.signal = async () => {
    throw new Error('unavailable');
  };
  const { status, headers } = await api.call('POST', DECIDE, { decision: 'approve' });
  expect([status, headers.get('retry-after')]).toEqual([503, '5']);
});

test('an approval of before a reset says which one took its place', async () => {
  await record({ run_id: 'run-2', actions: [sampleAsked({ approval_id: 'efgh5678' })] });
  const { status, body } = await api.call('POST', DECIDE, { decision: 'approve' });
  expect(status).toBe(409);
  expect(body.detail).toContain('replaced by efgh5678');
  expect(api.temporal.calls).toEqual([]);
});

test('an approval of another incident, and an unknown incident, are not found', async () => {
  await record({
    incident_id: 'INC-2026-0301',
    workflow_id: 'incident-test-payments',
    component: 'payments',
  });
  const other = await api.call('POST', '/api/incidents/INC-2026-0301/approvals/abcd1234', {
    decision: 'approve',
  });
  expect([other.status, other.body.detail]).toEqual([404, expect.stringContaining(`belongs to ${ID}`)]);
  const none = await api.call('POST', '/api/incidents/INC-1/approvals/abcd1234', { decision: 'approve' });
  expect(none.status).toBe(404);
  expect(api.temporal.calls).toEqual([]);
});

test('a closed incident says how it ended, and a message to it does not reach the next one', async () => {
  await record({ version: 2, phase: 'closed', status: 'mitigated', closed_at: LATER });
  const closed = await api.call('POST', DECIDE, { decision: 'approve' });
  expect([closed.status, closed.body.detail]).toEqual([409, expect.stringContaining('mitigated since')]);

  await record({ version: 3, phase: 'remediate' });
  await record({ incident_id: 'INC-2026-0301', opened_at: '2026-03-01T00:00:00.000Z' });
  const older = await api.call('POST', `/api/incidents/${ID}/operate`, { command: 'close' });
  expect([older.status, older.body.detail]).toEqual([
    409,
    expect.stringContaining('newest is INC-2026-0301'),
  ]);
  expect(api.temporal.calls).toEqual([]);
});

test('an incident whose workflow is gone is answered 409', async () => {
  api.temporal.update = noWorkflow;
  const { status, body } = await api.call('POST', DECIDE, { decision: 'approve' });
  expect(status).toBe(409);
  expect(body.detail).toMatch(
    /ended without being closed \(.*terminated.*The next alert on classifier opens/,
  );
  expect(body.detail).not.toContain('is over');
  await record({ version: 2, phase: 'cooldown', status: 'resolved', closed_at: LATER });
  const closed = await api.call('POST', DECIDE, { decision: 'approve' });
  expect(closed.body.detail).toContain(`is over: resolved since ${LATER}`);
});

test('an operation names its step and comes from the token', async () => {
  const path = `/api/incidents/${ID}/operate`;
  const missing = await api.call('POST', path, { command: 'continue' });
  expect([missing.status, missing.body.errors[0].path]).toEqual([422, 'stepId']);
  expect((await api.call('POST', path, { command: 'restart' })).status).toBe(422);
  const { status } = await api.call('POST', path, { command: 'skip', stepId: 'retrain@epoch1', by: 'eve' });
  expect(status).toBe(200);
  expect(api.temporal.calls).toMatchObject([
    { what: 'update', name: 'operate', args: { command: 'skip', stepId: 'retrain@epoch1', by: 'ana' } },
  ]);
  noWorker();
  expect((await api.call('POST', path, { command: 'acknowledge' })).status).toBe(202);
});

test('signals are checked by their schema and sent in the name of the token', async () => {
  const path = `/api/incidents/${ID}/signals`;
  const sent = await api.call('POST', `${path}/decide`, {
    approvalId: 'abcd1234',
    decision: 'approve',
    by: 'eve',
  });
  expect(sent.status).toBe(202);
  expect((await api.call('POST', `${path}/operate`, { command: 'note', reason: 'seen' })).status).toBe(202);
  expect(api.temporal.calls).toMatchObject([
    { what: 'signal', name: 'decide', args: { approvalId: 'abcd1234', by: 'ana' } },
    { what: 'signal', name: 'operate', args: { command: 'note', by: 'ana' } },
  ]);
  expect((await api.call('POST', `${path}/decide`, { decision: 'approve' })).body.errors[0].path).toBe(
    'approvalId',
  );
  expect((await api.call('POST', `${path}/explode`, {})).status).toBe(404);
  expect(api.temporal.calls).toHaveLength(2);
});

test('the alert signal takes alerts on the component of the incident alone', async () => {
  const alert = {
    alert_type: 'accuracy_drop',
    severity: 'warning',
    affected_component: 'classifier_v2',
    timestamp: '2026-02-28T14:35:00Z',
  };
  const path = `/api/incidents/${ID}/signals/alert`;
  expect((await api.call('POST', path, alert)).status).toBe(202);
  const foreign = await api.call('POST', path, [alert, { ...alert, affected_component: 'payments' }]);
  expect([foreign.status, foreign.body.detail]).toEqual([422, expect.stringContaining('payments')]);
  expect(api.temporal.calls).toMatchObject([
    { what: 'signalWithStart', args: [{ alert_type: 'accuracy_drop' }] },
  ]);
});

test('a query is answered by the workflow, or 503 when no worker is up', async () => {
  const path = `/api/incidents/${ID}/queries/incident`;
  api.temporal.query = async () => sampleView({ version: 7 });
  expect((await api.call('GET', path)).body).toMatchObject({ incident_id: ID, version: 7 });
  api.temporal.query = async () => sampleView({ incident_id: 'INC-2026-0301' });
  expect((await api.call('GET', path)).status).toBe(409);
  api.temporal.query = noWorkflow;
  expect((await api.call('GET', path)).status).toBe(409);
  api.temporal.query = async () => {
    throw new Error('deadline exceeded');
  };
  expect((await api.call('GET', path)).status).toBe(503);
  expect((await api.call('GET', `/api/incidents/${ID}/queries/other`)).status).toBe(404);
});
