import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Policy } from '../../src/domain/policy/policy.ts';
import { pollRecordKey, recordPoll } from '../../src/domain/poll-record.ts';
import { ensureSchedules } from '../../temporal/schedules.ts';
import { devServerEnvironment } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { startApi, type TestApi } from './api-server.ts';

const policy = Policy.parse({
  components: {
    classifier: { model: 'classifier' },
    ranker: { model: 'ranker', schedule: 'slow' },
    scorer: { model: 'scorer', schedule: 'slow' },
  },
  schedules: { slow: { every: '5m', jitter: '10s' } },
});

let env: TestWorkflowEnvironment;
let api: TestApi;
beforeAll(async () => {
  env = await devServerEnvironment();
  api = await startApi({ client: env.client });
  api.policy.value = policy;
});
afterAll(async () => {
  await api?.close();
  await env?.teardown();
});

test('a group without a Schedule yet is listed as starting, and cannot be paused', async () => {
  const { status, body } = await api.call('GET', '/api/schedules');
  expect(status).toBe(200);
  expect(body.schedules).toMatchObject([
    { name: 'default', state: 'starting', next_at: null, components: ['classifier'] },
    { name: 'slow', every_ms: 300_000, jitter_ms: 10_000, components: ['ranker', 'scorer'] },
  ]);
  expect(body.policy_problem).toBeNull();
  const refused = await api.call('POST', '/api/schedules/slow/pause', {});
  expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('slow')]);
});

test('a pause keeps who and why; twice is once; a resume says who; another group goes on', async () => {
  await ensureSchedules(env.client, policy, 'test');
  const ben = { authorization: `Bearer ${await api.tokenOf('ben', ['actions:decide'])}` };
  const paused = await api.call(
    'POST',
    '/api/schedules/slow/pause',
    { reason: 'the feed moves', by: 'eve' },
    ben,
  );
  expect([paused.status, paused.body]).toEqual([
    200,
    expect.objectContaining({
      state: 'paused',
      paused: true,
      note: 'paused by ben: the feed moves',
      next_at: null,
    }),
  ]);
  const again = await api.call('POST', '/api/schedules/slow/pause', { reason: 'me too' });
  expect(again.body.note).toBe('paused by ben: the feed moves');
  const { body } = await api.call('GET', '/api/schedules');
  expect(body.schedules.map((each: { paused: boolean }) => each.paused)).toEqual([false, true]);
  expect(body.schedules[0].next_at).not.toBeNull();

  // A worker that starts meanwhile leaves the pause alone.
  await ensureSchedules(env.client, policy, 'test');
  const resumed = await api.call('POST', '/api/schedules/slow/resume');
  expect(resumed.body).toMatchObject({ paused: false, state: 'starting', note: 'resumed by ana' });
});

test('an unknown group is answered with the known ones, a reader may not pause, and a body is checked', async () => {
  const unknown = await api.call('POST', '/api/schedules/nightly/pause', {});
  expect([unknown.status, unknown.body.detail]).toEqual([
    404,
    'no schedule "nightly"; there is default, slow',
  ]);
  const reader = { authorization: `Bearer ${await api.tokenOf('eve', ['incidents:read'])}` };
  expect((await api.call('POST', '/api/schedules/slow/pause', {}, reader)).status).toBe(403);
  expect((await api.call('POST', '/api/schedules/slow/pause', { reasons: 'a typo' })).status).toBe(422);
});

test('without Temporal schedules are answered 503, and nothing hangs', async () => {
  const away = await startApi();
  away.temporal.schedule = async () => {
    throw Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: '', metadata: {} });
  };
  try {
    for (const [method, path] of [
      ['GET', '/api/schedules'],
      ['POST', '/api/schedules/default/pause'],
    ] as const) {
      const { status, body } = await away.call(method, path, method === 'POST' ? {} : undefined);
      expect([status, body.detail]).toEqual([503, expect.stringContaining('Temporal does not answer')]);
    }
  } finally {
    await away.close();
  }
});

test('metrics tell of each group what Temporal and its polls say', async () => {
  api.clock.now = new Date('2026-02-28T14:40:30Z');
  const at = '2026-02-28T14:40:00Z';
  const failures = [{ tool: 'check_drift', message: 'away', components: ['classifier'] }];
  const record = recordPoll(null, { at, succeeded: true, failures });
  await api.store.putDocument(pollRecordKey('default'), record);
  await api.call('POST', '/api/schedules/slow/pause', {});
  await env.client.schedule.getHandle('poll-test-default').trigger();
  await until(async () => {
    await api.watch.look();
    return api.watch.groups()[0]!.schedule!.started > 0;
  });
  const response = await fetch(`${api.url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (await response.text()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE agentops_polls_skipped_total counter',
      expect.stringMatching(/^agentops_polls_started_total\{group="default"\} [1-9]/),
      'agentops_polls_succeeded_total{group="default"} 1',
      'agentops_polls_failed_total{group="slow"} 0',
      'agentops_polls_missed_total{group="default"} 0',
      'agentops_seconds_since_successful_poll{group="default"} 30',
      'agentops_polls_paused{group="slow"} 1',
      'agentops_polls_silent{group="default"} 0',
      'agentops_poll_tool_failures_total{group="default",tool="check_drift"} 1',
      'agentops_temporal_up 1',
      'agentops_open_incidents{status="escalated"} 0',
      'agentops_alerts_accepted_total 0',
    ]),
  );
  const health = await (await fetch(`${api.url}/healthz`)).json();
  expect(health).toMatchObject({ status: 'ok', monitor: { default: 'alive', slow: 'paused' }, policy: 'ok' });
});

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

async function agentops(...args: string[]): Promise<string> {
  const token = await api.tokenOf(`cli-${args.join('-')}`.slice(0, 60), ['incidents:read', 'actions:decide']);
  const env = {
    PATH: process.env.PATH!,
    AGENTOPS_DIR: api.dir,
    AGENTOPS_URL: api.url,
    AGENTOPS_TOKEN: token,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], { env });
  return stdout;
}

test('the command lists schedules, and pauses and resumes one or all of them', async () => {
  expect(await agentops('schedules')).toMatch(/^default +alive +every 30 s +last .*classifier/m);
  expect(await agentops('schedules', 'resume', 'slow')).toMatch(
    /^slow: starting, resumed by cli-schedules-resume-slow\n$/,
  );
  const paused = JSON.parse(await agentops('schedules', 'pause', '--reason', 'a move', '--json'));
  expect(paused.schedules).toMatchObject([
    {
      name: 'default',
      state: 'paused',
      note: expect.stringMatching(/^paused by cli-schedules-pause.*: a move$/),
    },
    { name: 'slow', state: 'paused' },
  ]);
  expect(JSON.parse(await agentops('schedules', '--json')).schedules).toMatchObject(paused.schedules);
  await expect(agentops('schedules', 'pause', 'nightly')).rejects.toMatchObject({
    code: 1,
    stderr: 'agentops: no schedule "nightly"; there is default, slow\n',
  });
});

test('a policy file that cannot be read is said by health, schedules and metrics', async () => {
  api.policy.problemText = 'policy.yaml: poll.every: expected a duration';
  expect((await api.call('GET', '/healthz')).body).toMatchObject({ status: 'ok', policy: 'last_good' });
  expect((await api.call('GET', '/api/schedules')).body.policy_problem).toContain('poll.every');
  expect(await (await fetch(`${api.url}/metrics`)).text()).toContain('agentops_policy_good 0');
});
