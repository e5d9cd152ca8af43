import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { InvestigationView } from '../../src/domain/investigation.ts';
import { sampleEvent, sampleView } from '../store/samples.ts';
import { startApi, type TestApi } from './api-server.ts';
import { ReadStream } from './read-stream.ts';

const PATH = '/api/investigations';
const QUESTION = 'Why is the fraud model drifting?';

let api: TestApi;
let token: string;
beforeEach(async () => {
  api = await startApi();
  token = await api.tokenOf('ben', ['incidents:read']);
});
afterEach(() => api.close());

const ask = (body: unknown, headers?: Record<string, string>) => api.call('POST', PATH, body, headers);
const asked = async () => (await ask({ question: QUESTION })).body.investigation_id as string;

async function stream(id: string, lastEventId?: string): Promise<ReadStream> {
  const response = await fetch(`${api.url}${PATH}/${id}/stream`, {
    headers: { authorization: `Bearer ${token}`, ...(lastEventId && { 'last-event-id': lastEventId }) },
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  return new ReadStream(response);
}

/** The next version of an investigation's view, as its run would record it. */
async function record(id: string, over: Partial<InvestigationView>, events = [sampleEvent()]): Promise<void> {
  const { version } = (await api.store.investigation(id))!;
  const known = { investigation_id: id, run_id: 'run-1', version: version + 1 };
  await api.store.recordInvestigation({ ...over, ...known }, events);
}

const citation = {
  evidence_id: 'ev_check_drift_00000001',
  tool: 'check_drift',
  source: 'DuckDB',
  summary: 'PSI 0.45',
};

test('a question is taken at once and stands as queued until a worker takes it up', async () => {
  const { status, body, headers } = await ask({ question: `  ${QUESTION}\n` });
  expect(status).toBe(202);
  const id = body.investigation_id;
  expect(body).toMatchObject({ component: 'classifier', workflow_id: `investigation-test-${id}` });
  expect(headers.get('location')).toBe(body.links.self);
  const input = {
    investigationId: id,
    question: QUESTION,
    component: 'classifier',
    askedBy: 'ana',
    askedAt: '2026-02-28T14:40:00.000Z',
  };
  expect(api.temporal.calls).toEqual([
    { what: 'start', workflowId: `investigation-test-${id}`, name: 'investigation', args: input },
  ]);
  const shown = await api.call('GET', `${PATH}/${id}`);
  expect(shown.body).toMatchObject({
    investigation: { status: 'queued', question: QUESTION, asked_by: 'ana' },
    answer: null,
    incident: null,
    evidence: [],
  });
  expect((await api.call('GET', PATH)).body).toEqual([shown.body.investigation]);
  expect((await api.call('GET', `${PATH}?component=payments`)).body).toEqual([]);
});

test('an idempotency key asks once', async () => {
  const headers = { 'idempotency-key': 'k1' };
  const first = await ask({ question: QUESTION }, headers);
  const again = await ask({ question: QUESTION }, headers);
  expect([again.status, again.body]).toEqual([202, first.body]);
  expect(api.temporal.calls).toHaveLength(1);
  const other = await ask({ question: QUESTION }, { ...headers, authorization: `Bearer ${token}` });
  expect(other.body.investigation_id).not.toBe(first.body.investigation_id);
});

test.each([
  ['empty', { question: ' \n ' }, 'question'],
  ['too long', { question: 'x'.repeat(2_001) }, 'question'],
  ['missing', {}, 'question'],
  ['about what policy does not know', { question: QUESTION, component: 'payments' }, 'component'],
  ['with an unknown field', { question: QUESTION, window: '1h' }, 'window'],
])('a question that is %s is refused', async (_, body, path) => {
  const answer = await ask(body);
  expect([answer.status, answer.body.errors[0].path]).toEqual([422, path]);
  expect(api.temporal.calls).toEqual([]);
});

test('the component is given, or named in the question, or asked for by name', async () => {
  await api.close();
  api = await startApi({ components: ['classifier', 'payments'] });
  const of = async (body: object) => (await ask(body)).body;
  expect(await of({ question: 'why?', component: 'payments_v3' })).toMatchObject({ component: 'payments' });
  expect(await of({ question: 'Is Classifier_v2 slow?' })).toMatchObject({ component: 'classifier' });
  for (const question of ['why?', 'payments or classifier?']) {
    expect(await of({ question })).toMatchObject({ detail: expect.stringContaining('classifier, payments') });
  }
  expect((await of({ question: 'why?', component: 'x' })).detail).toContain('classifier, payments');
});

test('asking and reading take the scope incidents:read', async () => {
  const writer = await api.tokenOf('writer', ['alerts:write']);
  const id = await asked();
  for (const [method, path, body] of [
    ['POST', PATH, { question: QUESTION }],
    ['GET', PATH, undefined],
    ['GET', `${PATH}/${id}`, undefined],
    ['GET', `${PATH}/${id}/evidence`, undefined],
    ['GET', `${PATH}/${id}/stream`, undefined],
  ] as const) {
    const { status } = await api.call(method, path, body, { authorization: `Bearer ${writer}` });
    expect([path, status]).toEqual([path, 403]);
  }
  expect((await ask({ question: QUESTION }, { authorization: `Bearer ${token}` })).status).toBe(202);
});

test('with Temporal away the answer is 503 and nothing is on record', async () => {
  api.temporal.start = async () => {
    throw new Error('14 UNAVAILABLE');
  };
  const { status, headers } = await ask({ question: QUESTION });
  expect([status, headers.get('retry-after')]).toEqual([503, '5']);
  expect((await api.call('GET', PATH)).body).toEqual([]);
});

test('five at once are the most; one that was terminated makes room', async () => {
  const ids = [];
  for (let i = 0; i < 5; i++) ids.push(await asked());
  const sixth = await ask({ question: QUESTION });
  expect([sixth.status, sixth.headers.get('retry-after')]).toEqual([429, '15']);
  api.clock.now = new Date('2026-02-28T14:41:00Z');
  api.temporal.describeWorkflow = async () => {
    throw new Error('14 UNAVAILABLE');
  };
  expect((await ask({ question: QUESTION })).status).toBe(429);
  api.temporal.describeWorkflow = async () => {
    throw new WorkflowNotFoundError('not found', 'x', undefined);
  };
  expect((await ask({ question: QUESTION })).status).toBe(202);
  const ended = await api.call('GET', `${PATH}/${ids[0]}`);
  expect(ended.body.investigation).toMatchObject({
    status: 'cancelled',
    error: expect.stringContaining('terminated'),
    finished_at: '2026-02-28T14:41:00.000Z',
  });
});

test('the stream tells progress, the answer, its citations and done, and resumes after the last event', async () => {
  const id = await asked();
  const reader = await stream(id);
  await record(id, { status: 'running' });
  expect(await reader.next()).toMatchObject({ id: '1', event: { type: 'progress', what: 'check_drift' } });
  const attempt = await api.store.beginAnswer(id, 'x');
  await api.store.addToAnswer(id, { type: 'piece', attempt, text: 'V14 drifts ' });
  expect(await reader.next()).toEqual({ id: '2', event: { type: 'piece', attempt: 1, text: 'V14 drifts ' } });
  await reader.leave();

  await api.store.addToAnswer(id, { type: 'piece', attempt, text: '[ev_check_drift_00000001].' });
  await api.store.addToAnswer(id, { type: 'citations', attempt, by: 'rules', citations: [citation] });
  await record(id, { status: 'answered', finished_at: '2026-02-28T14:41:00.000Z' }, []);
  const resumed = await (await stream(id, '2')).rest();
  expect(resumed).toEqual([
    { id: '3', event: { type: 'piece', attempt: 1, text: '[ev_check_drift_00000001].' } },
    { id: '4', event: { type: 'citations', attempt: 1, by: 'rules', citations: [citation] } },
    { id: null, event: { type: 'done', status: 'answered', error: null } },
  ]);
  const whole = await (await stream(id)).rest();
  expect(whole.map(({ event }) => event.type)).toEqual(['progress', 'piece', 'piece', 'citations', 'done']);
  expect((await api.call('GET', `${PATH}/${id}`)).body.answer).toEqual({
    text: 'V14 drifts [ev_check_drift_00000001].',
    by: 'rules',
    complete: true,
    citations: [citation],
  });
});

test('a new attempt at the answer tells its reader to start again, and silences the one before', async () => {
  const id = await asked();
  const say = (attempt: number, text: string) => api.store.addToAnswer(id, { type: 'piece', attempt, text });
  expect(await api.store.beginAnswer(id, 'silent')).toBe(1);
  expect(await api.store.beginAnswer(id, 'the first said nothing')).toBe(2);
  expect(await say(2, 'Half a')).toBe(true);
  expect(await api.store.beginAnswer(id, 'a worker died')).toBe(3);
  expect(await say(2, 'n answer')).toBe(false);
  expect(await say(3, 'A whole answer.')).toBe(true);
  await record(id, { status: 'failed', error: 'no', finished_at: '2026-02-28T14:41:00.000Z' }, []);
  const events = (await (await stream(id)).rest()).map(({ event }) => event);
  expect(events).toEqual([
    { type: 'piece', attempt: 2, text: 'Half a' },
    { type: 'reset', attempt: 3, why: 'a worker died' },
    { type: 'piece', attempt: 3, text: 'A whole answer.' },
    { type: 'done', status: 'failed', error: 'no' },
  ]);
  expect((await api.call('GET', `${PATH}/${id}`)).body.answer).toMatchObject({
    text: 'A whole answer.',
    complete: false,
  });
});

test('the open incident is shown as it is now, and its evidence can be looked up beside the question’s own', async () => {
  const id = await asked();
  const item = (name: string, incident_id: string) => ({
    id: name,
    incident_id,
    tool: 'check_drift',
    system: 'DuckDB',
    asked: 'select 1',
    at: '2026-02-28T14:40:01.000Z',
    summary: name,
    facts: null,
  });
  const incident = sampleView();
  const diagnosis = {
    alert_id: 'alert_2026-02-28_001',
    root_cause: 'V14 changed upstream',
    confidence: 0.9,
    evidence: ['ev_check_drift_0000000b'],
    recommended_actions: [],
    runbook_reference: null,
    similar_incidents: [],
    verdict: 'confirmed' as const,
    category: 'upstream_change' as const,
    claims: [],
    diagnosed_by: 'rules',
    not_found: [],
    onset: null,
  };
  await api.store.record(incident, [sampleEvent()]);
  await api.store.saveEvidence(item('ev_check_drift_0000000a', id));
  await api.store.saveEvidence(item('ev_check_drift_0000000b', incident.incident_id));
  await api.store.saveEvidence(item('ev_check_drift_0000000c', incident.incident_id));
  await record(id, { incident_id: incident.incident_id });
  await api.store.record({ ...incident, version: 2, diagnosis, status: 'mitigated' }, []);
  const { body } = await api.call('GET', `${PATH}/${id}`);
  expect(body.incident).toMatchObject({ incident_id: incident.incident_id, status: 'mitigated', diagnosis });
  const { body: evidence } = await api.call('GET', `${PATH}/${id}/evidence`);
  expect(evidence.map((each: { id: string }) => each.id)).toEqual([
    'ev_check_drift_0000000a',
    'ev_check_drift_0000000b',
  ]);
});

test('an unknown investigation is not found, and the OpenAPI document tells of the stream', async () => {
  for (const path of ['', '/evidence', '/stream']) {
    expect((await api.call('GET', `${PATH}/INV-0${path}`)).status).toBe(404);
  }
  const { body } = await api.call('GET', '/openapi.json');
  const { content } = body.paths['/api/investigations/{id}/stream'].get.responses['200'];
  expect(Object.keys(content)).toEqual(['text/event-stream']);
  expect(body.paths['/api/investigations'].post.responses).toHaveProperty('429');
});
