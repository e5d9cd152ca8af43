import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Schedules } from '../../src/api/routes/schedules.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './stage.ts';

jest.setTimeout(300_000);

let stage: Stage;
let policy: string;
beforeAll(async () => {
  stage = await startStage();
  policy = readFileSync(stage.running.config.policyFile, 'utf8');
}, 120_000);
afterAll(() => stage?.close());

const write = (text: string) => writeFileSync(stage.running.config.policyFile, text);
const schedules = () => stage.api.get<Schedules>('/api/schedules');
const health = async () =>
  (await fetch(new URL('/healthz', stage.running.urls.api))).json() as Promise<{
    monitor: object;
    policy: string;
  }>;

/** Waits until the schedules are as wanted. */
async function listed(wanted: (answer: Schedules) => boolean): Promise<Schedules> {
  let answer: Schedules | undefined;
  await until(
    async () => {
      answer = await schedules();
      return wanted(answer);
    },
    90_000,
    250,
  ).catch((error: Error) => {
    throw new Error(`${error.message}; last: ${JSON.stringify(answer)}`);
  });
  return answer!;
}

test('a changed policy takes effect without a restart: groups come, are polled, and go', async () => {
  await listed(({ schedules: [first] }) => first!.name === 'default' && first!.state === 'alive');
  write(
    `${policy}schedules: { slow: { every: 7s } }\n`.replace(
      'classifier: {',
      'second: { model: classifier, schedule: slow }\n  classifier: {',
    ),
  );
  const { schedules: two } = await listed((answer) =>
    answer.schedules.some(({ name, polls }) => name === 'slow' && polls.succeeded > 0),
  );
  expect(two.map(({ name, every_ms, components }) => [name, every_ms, components])).toEqual([
    ['slow', 7_000, ['second']],
    ['default', 5_000, ['classifier']],
  ]);
  write(policy);
  await listed((answer) => answer.schedules.length === 1);
  await until(async () => {
    const gone = stage.temporal.schedule.getHandle('poll-local-slow').describe();
    return gone.then(
      () => false,
      () => true,
    );
  });
});

test('a broken policy file is said, and the last good one goes on', async () => {
  write('poll: { every: often }\n');
  const { policy_problem } = await listed((answer) => answer.policy_problem !== null);
  expect(policy_problem).toContain('policy.yaml');
  expect(await health()).toMatchObject({ policy: 'last_good' });
  const before = (await schedules()).schedules[0]!.polls.succeeded;
  await listed(({ schedules: [first] }) => first!.polls.succeeded > before);
  write(policy);
  await listed((answer) => answer.policy_problem === null);
});

test('a worker that stands still is told of from outside Temporal, once, and its coming back too', async () => {
  const worker = stage.pid('worker');
  process.kill(worker, 'SIGSTOP');
  await until(async () => (await stage.outbox('page')).length > 0, 60_000, 250);
  expect(await health()).toMatchObject({ monitor: { default: 'silent' } });
  expect((await fetch(new URL('/readyz', stage.running.urls.api))).status).toBe(200);
  process.kill(worker, 'SIGCONT');
  await listed(({ schedules: [first] }) => first!.state === 'alive');
  const told = await stage.outbox('post');
  expect(told.map(({ title }) => title)).toEqual([
    expect.stringMatching(/^Nobody watches classifier: no successful poll since 20/),
    'classifier is watched again',
  ]);
  expect(await stage.outbox('page')).toHaveLength(1);
});

test('a warehouse that hangs is a warning of its own; once it answers again the incident closes, and nothing was done', async () => {
  const sandbox = stage.pid('sandbox');
  process.kill(sandbox, 'SIGSTOP');
  try {
    const open = await stage.incident(({ summary }) => /cannot be measured since/.test(summary), 240_000);
    expect(open).toMatchObject({
      severity: 'warning',
      alert_type: 'data_quality',
      actions: [],
      diagnosis: null,
    });
  } finally {
    process.kill(sandbox, 'SIGCONT');
  }
  const closed = await stage.incident(({ closed_at }) => closed_at !== null, 120_000);
  expect(closed.status).toBe('closed_no_action');
  expect(await stage.platform.trainings()).toEqual([]);
});
