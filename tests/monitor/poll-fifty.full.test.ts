import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { monitorActivities } from '../../activities/monitor/index.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import { createHttpPlatform } from '../../src/platform/http/adapter.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { createDuckDbWarehouse } from '../../src/warehouse/duckdb/session.ts';
import { POLL_WORKFLOW, TASK_QUEUE } from '../../workflows/names.ts';
import type { PollInput } from '../../workflows/poll.ts';
import { platformDeps, policiesOf } from '../support/memory-platform.ts';
import { devServerEnvironment, workflowBundle } from '../support/temporal.ts';

const names = Array.from({ length: 50 }, (_, i) => `team-${i}`);
const token = 'sandbox-token';

let sandbox: Sandbox;
let store: Store;
let env: TestWorkflowEnvironment;
let worker: Worker;
let working: Promise<void>;
/** When each statement was sent, and when its last row was there, in milliseconds. */
const statements: { from: number; to: number }[] = [];
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: ':memory:', seed: 1, token, ticking: false });
  store = openSqliteStore(':memory:');
  env = await devServerEnvironment();
  const timed: typeof fetch = async (...request) => {
    const began = performance.now();
    const response = await fetch(...request);
    const body = await response.text();
    statements.push({ from: began, to: performance.now() });
    return new Response(body, response);
  };
  const counted: typeof fetch = async (...request) => {
    platformCalls.push(String(request[0]));
    return fetch(...request);
  };
  const policy = Policy.parse({
    components: Object.fromEntries(
      names.map((name) => [name, { model: 'classifier', pipelines: ['transactions'] }]),
    ),
  });
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(),
    activities: monitorActivities({
      warehouse: createDuckDbWarehouse({ url: sandbox.url, token, fetch: timed }),
      ...platformDeps(createHttpPlatform({ url: sandbox.url, fetch: counted }), store),
      store,
      policies: policiesOf(policy),
      now: () => new Date(),
      intake: { deliver: async () => {} },
    }),
  });
  working = worker.run();
}, 180_000);
afterAll(async () => {
  worker?.shutdown();
  await working;
  await env?.teardown();
  await sandbox?.close();
  store?.close();
});

/** How long at least one statement was under way. */
function busyMs(): number {
  let busy = 0;
  let end = 0;
  for (const { from, to } of [...statements].sort((a, b) => a.from - b.from)) {
    busy += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return Math.round(busy);
}

/** Addresses asked of the platform. */
const platformCalls: string[] = [];

let runs = 0;
/** One poll: its statements, how long the warehouse was at them, and what its history weighs. */
async function poll(components: string[]) {
  statements.length = 0;
  platformCalls.length = 0;
  const began = performance.now();
  const handle = await env.client.workflow.start(POLL_WORKFLOW, {
    workflowId: `poll-${++runs}`,
    taskQueue: TASK_QUEUE,
    args: [{ group: 'default', components } satisfies PollInput],
  });
  const result = await handle.result();
  const ms = performance.now() - began;
  const { historySize, historyLength } = await handle.describe();
  return {
    result,
    statements: statements.length,
    registryCalls: platformCalls.filter((address) => new URL(address).pathname === '/models').length,
    warehouseMs: busyMs(),
    slowestMs: Math.round(Math.max(...statements.map(({ from, to }) => to - from))),
    ms: Math.round(ms),
    bytes: historySize!,
    events: historyLength,
  };
}

test('a poll over 50 components of the seeded model asks the warehouse what a poll over one does', async () => {
  // The first poll keeps the version's reference.
  await poll(names.slice(0, 1));
  const one = await poll(names.slice(0, 1));
  const fifty = await poll(names);
  process.stderr.write(`${JSON.stringify({ one, fifty })}\n`);
  expect(fifty.result).toEqual({ alerts: [], failures: [] });
  expect(fifty.statements).toBe(one.statements);
  expect(fifty.statements).toBeLessThanOrEqual(6);
  expect(fifty.registryCalls).toBe(1);
  expect(fifty.events).toBe(one.events);
  // Kept for 30 days, every 30 s.
  expect(one.bytes).toBeLessThan(7_000);
  expect(fifty.bytes).toBeLessThan(40_000);
}, 180_000);
