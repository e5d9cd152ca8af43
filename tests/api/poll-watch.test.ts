import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollRecordKey, recordPoll } from '../../src/domain/poll-record.ts';
import { startApi, type TestApi } from './api-server.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
  api.temporal.schedule = async () => scheduleNow;
  scheduleNow = described();
});
afterEach(() => api.close());

const START = Date.parse('2026-02-28T14:40:00Z');
let scheduleNow: unknown;
const described = (state: object = { paused: false }) => ({
  state,
  info: {
    nextActionTimes: [],
    numActionsTaken: 7,
    numActionsSkippedOverlap: 2,
    numActionsMissedCatchupWindow: 1,
  },
});

/** The API's watch looks every 5 s until this second after the start. */
async function lookUntil(second: number): Promise<void> {
  for (let t = api.clock.now.getTime(); t <= START + second * 1_000; t += 5_000) {
    api.clock.now = new Date(t);
    await api.watch.look();
  }
}

const polled = async (second: number, failed = false) => {
  const record = recordPoll(null, {
    at: new Date(START + second * 1_000).toISOString(),
    succeeded: !failed,
    failures: failed ? [{ tool: 'check_drift', message: 'wrong password', components: ['classifier'] }] : [],
  });
  await api.store.putDocument(pollRecordKey('default'), record);
};
const told = async () =>
  (await api.call('GET', '/api/outbox')).body.map(
    (m: { operation: string; title: string }) => `${m.operation}: ${m.title}`,
  );

test('silence is posted and paged once, shown without failing readiness, and its end is posted', async () => {
  await polled(0);
  await lookUntil(90);
  expect(await told()).toEqual([]);
  await lookUntil(200);
  expect(await told()).toEqual([
    'post: Nobody watches classifier: no successful poll since 2026-02-28T14:40:00.000Z',
    'page: Nobody watches classifier: no successful poll since 2026-02-28T14:40:00.000Z',
  ]);
  const [post] = (await api.call('GET', '/api/outbox')).body;
  expect(post).toMatchObject({
    incident_id: 'poll-test-default',
    target: '#ml-alerts',
    body: expect.stringMatching(
      /no worker is up, or what it asks hangs\. Schedule default polls every 30 s\./,
    ),
  });
  expect((await api.call('GET', '/healthz')).body).toMatchObject({
    status: 'ok',
    monitor: { default: 'silent' },
  });
  expect((await api.call('GET', '/readyz')).status).toBe(200);
  expect(await (await fetch(`${api.url}/metrics`)).text()).toContain(
    'agentops_polls_silent{group="default"} 1',
  );

  await polled(202);
  await lookUntil(205);
  expect(await told()).toHaveLength(3);
  expect((await told())[2]).toBe('post: classifier is watched again');
  expect((await api.call('GET', '/healthz')).body.monitor).toEqual({ default: 'alive' });
});

test('with Temporal away it is told all the same, and that Temporal is', async () => {
  await polled(0);
  api.temporal.schedule = async () => {
    throw new Error('UNAVAILABLE');
  };
  await lookUntil(100);
  const [post] = (await api.call('GET', '/api/outbox')).body;
  expect(post.body).toContain('Temporal does not answer.');
  expect(await (await fetch(`${api.url}/metrics`)).text()).toContain('agentops_temporal_up 0');
});

test('with a policy file that no worker can start with, that is what is told', async () => {
  await polled(0);
  api.policy.problemText = 'policy.yaml: components: expected record; got 3';
  await lookUntil(100);
  const [post] = (await api.call('GET', '/api/outbox')).body;
  expect(post.body).toContain('No worker can start with the policy file as it is: policy.yaml: components');
});

test('a poll that fails each time is no sign of life, and says why', async () => {
  await polled(5, true);
  await lookUntil(605);
  const [post] = (await api.call('GET', '/api/outbox')).body;
  expect(post.body).toContain('check_drift: wrong password');
});

test('a group that a person paused is said to be, and nobody is told of silence', async () => {
  await polled(0);
  scheduleNow = described({ paused: true, note: 'paused by ana: the feed moves' });
  await lookUntil(600);
  expect(await told()).toEqual([]);
  const { body } = await api.call('GET', '/api/schedules');
  expect(body.schedules).toMatchObject([
    {
      name: 'default',
      state: 'paused',
      note: 'paused by ana: the feed moves',
      last_success_at: '2026-02-28T14:40:00.000Z',
      polls: { started: 7, succeeded: 1, failed: 0, skipped: 2, missed: 1 },
    },
  ]);
});

test('what could not be told is told by the next look, once', async () => {
  await polled(0);
  await lookUntil(80);
  const put = api.store.putOutbox;
  let refused = 0;
  api.store.putOutbox = async (message, at) => {
    if (message.operation === 'page' && ++refused < 5) throw new Error('the pager is down');
    return put(message, at);
  };
  await lookUntil(300);
  expect(refused).toBe(5);
  expect(await told()).toHaveLength(2);
});
