import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Policy } from '../../src/domain/policy/policy.ts';
import { attributesUsable, registerAttributes } from '../../temporal/attributes.ts';
import { ensureSchedules } from '../../temporal/schedules.ts';
import { ensureRetention } from '../../temporal/server.ts';
import { AgentOpsComponent, AgentOpsStatus, ATTRIBUTE_KEYS } from '../../workflows/attribute-keys.ts';
import { devServerEnvironment } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await devServerEnvironment({ searchAttributes: [] });
});
afterAll(async () => {
  await env.teardown();
});

/** A policy with these schedules, and components by the schedule they have. */
const policy = (schedules: object, components: Record<string, string>) =>
  Policy.parse({
    components: Object.fromEntries(
      Object.entries(components).map(([name, schedule]) => [name, { model: name, schedule }]),
    ),
    schedules,
  });

async function retentionMs(): Promise<number | undefined> {
  const { config } = await env.client.workflowService.describeNamespace({ namespace: 'default' });
  return tsToMs(config?.workflowExecutionRetentionTtl);
}

async function scheduleIds(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId } of env.client.schedule.list()) ids.push(scheduleId);
  return ids.sort();
}

test('retention becomes 30 days and stays so when it is asked for again', async () => {
  expect(await retentionMs()).toBe(86_400_000);
  await ensureRetention(env.client);
  await ensureRetention(env.client);
  expect(await retentionMs()).toBe(30 * 86_400_000);
});

test('search attributes are unusable at first, and usable after registering, twice and at once', async () => {
  expect(await attributesUsable(env.client)).toBe(false);
  expect(await Promise.all([registerAttributes(env.client), registerAttributes(env.client)])).toEqual([
    true,
    true,
  ]);
  expect(await registerAttributes(env.client)).toBe(true);
  const handle = await env.client.workflow.start('nobody-runs-this', {
    taskQueue: 'none',
    workflowId: 'attributes',
    typedSearchAttributes: new TypedSearchAttributes([
      { key: AgentOpsComponent, value: 'classifier' },
      { key: AgentOpsStatus, value: 'in_progress' },
    ]),
  });
  await until(async () => {
    const { count } = await env.client.workflow.count(`AgentOpsComponent = 'classifier'`);
    return count === 1;
  });
  await handle.terminate();
});

test('a cluster that refuses search attributes is answered with false', async () => {
  const full = await devServerEnvironment({
    searchAttributes: Array.from({ length: 10 }, (_, n) =>
      defineSearchAttributeKey(`Taken${n}`, SearchAttributeType.KEYWORD),
    ),
  });
  try {
    expect(await registerAttributes(full.client)).toBe(false);
  } finally {
    await full.teardown();
  }
});

test('there are at most ten keyword attributes, all named AgentOps*', () => {
  expect(ATTRIBUTE_KEYS.length).toBeLessThanOrEqual(10);
  expect(ATTRIBUTE_KEYS.every(({ name, type }) => name.startsWith('AgentOps') && type === 'KEYWORD')).toBe(
    true,
  );
});

test('each component group has one poll Schedule that follows the policy and keeps a pause by a person', async () => {
  const { client } = env;
  expect(await ensureSchedules(client, policy({}, { classifier: 'default' }), 'local')).toEqual([
    'poll-local-default',
  ]);
  const handle = client.schedule.getHandle('poll-local-default');
  const first = await handle.describe();
  expect(first.spec).toMatchObject({ intervals: [{ every: 30_000 }], jitter: 2_000 });
  expect(first.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
  expect(first.action).toMatchObject({
    type: 'startWorkflow',
    workflowType: 'poll',
    taskQueue: 'agentops',
    args: [{ group: 'default', components: ['classifier'] }],
  });
  await handle.pause('a quiet night');

  const grown = policy(
    { default: { every: '10s', jitter: '1s' }, slow: { every: '5m' } },
    { classifier: 'default', scorer: 'default', ranker: 'slow' },
  );
  await ensureSchedules(client, grown, 'local');
  const second = await handle.describe();
  expect(second.spec).toMatchObject({ intervals: [{ every: 10_000 }], jitter: 1_000 });
  expect(second.action).toMatchObject({ args: [{ group: 'default', components: ['classifier', 'scorer'] }] });
  expect(second.state).toMatchObject({ paused: true, note: 'a quiet night' });
  await until(async () => (await scheduleIds()).includes('poll-local-slow'));
});

test('a Schedule goes with its group or, of an older version, its component, and only with its own environment', async () => {
  const { client } = env;
  const both = policy({ slow: { every: '5m' } }, { a: 'default', b: 'slow' });
  await ensureSchedules(client, both, 'local-x');
  await client.schedule.create({
    scheduleId: 'poll-local-x-a',
    memo: { agentopsEnvironment: 'local-x' },
    spec: { intervals: [{ every: '1h' }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'poll',
      taskQueue: 'agentops',
      args: [{ component: 'a' }],
    },
  });
  await ensureSchedules(client, policy({}, { classifier: 'default' }), 'local');
  await until(async () => (await scheduleIds()).filter((id) => id.startsWith('poll-local-x')).length === 3);
  await ensureSchedules(client, policy({}, { a: 'default' }), 'local-x');
  await until(async () => (await scheduleIds()).filter((id) => id.startsWith('poll-local-x')).length === 1);
  expect(await scheduleIds()).toEqual(expect.arrayContaining(['poll-local-default', 'poll-local-x-default']));
});
