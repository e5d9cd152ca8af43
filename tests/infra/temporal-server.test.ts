import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parsePolicy } from '../../src/config/config.ts';
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

const policy = (every: string, ...components: string[]) =>
  parsePolicy(
    JSON.stringify({
      components: Object.fromEntries(components.map((c) => [c, { model: c }])),
      poll: { every },
    }),
    'test',
  );

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

test('each component has one poll Schedule that follows the policy and keeps a pause by a person', async () => {
  const { client } = env;
  expect(await ensureSchedules(client, policy('30s', 'classifier'), 'local')).toEqual([
    'poll-local-classifier',
  ]);
  const handle = client.schedule.getHandle('poll-local-classifier');
  const first = await handle.describe();
  expect(first.spec.intervals).toEqual([{ every: 30_000 }]);
  expect(first.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
  expect(first.action).toMatchObject({
    type: 'startWorkflow',
    workflowType: 'poll',
    taskQueue: 'agentops',
    args: [{ component: 'classifier' }],
  });
  await handle.pause('a quiet night');

  await ensureSchedules(client, policy('10s', 'classifier', 'ranker'), 'local');
  const second = await handle.describe();
  expect(second.spec.intervals).toEqual([{ every: 10_000 }]);
  expect(second.state).toMatchObject({ paused: true, note: 'a quiet night' });
  await until(async () => (await scheduleIds()).length === 2);
});

test('a Schedule goes with its component, and only with its own environment', async () => {
  const { client } = env;
  await ensureSchedules(client, policy('30s', 'a', 'b'), 'local-x');
  await ensureSchedules(client, policy('30s', 'classifier'), 'local');
  await until(async () => (await scheduleIds()).includes('poll-local-x-b'));
  await ensureSchedules(client, policy('30s', 'a'), 'local-x');
  await until(async () => !(await scheduleIds()).includes('poll-local-x-b'));
  expect(await scheduleIds()).toEqual(expect.arrayContaining(['poll-local-classifier', 'poll-local-x-a']));
});
