import { expect, test } from '@jest/globals';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Alert } from '../../src/domain/alert.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import { createIntake } from '../../src/intake/deliver.ts';

interface Call {
  workflowId: string;
  signalArgs: [Alert[]];
  args: unknown[];
  staticSummary: string;
  typedSearchAttributes?: unknown;
}

/** Temporal's edge, slow on purpose: a call is acknowledged when the test says so. */
function fakeClient(answer: (call: Call, number: number) => Promise<void>) {
  const calls: Call[] = [];
  const signals: [workflowId: string, batch: Alert[]][] = [];
  const state = { open: false };
  const client = {
    withDeadline: <T>(_deadline: number, work: () => Promise<T>) => work(),
    workflow: {
      signalWithStart: async (_type: string, call: Call) => {
        calls.push(call);
        await answer(call, calls.length);
      },
      getHandle: (workflowId: string) => ({
        signal: async (_signal: unknown, batch: Alert[]) => {
          if (!state.open) throw new WorkflowNotFoundError('not found', workflowId, undefined);
          signals.push([workflowId, batch]);
        },
      }),
    },
  } as unknown as Client;
  return { calls, signals, state, client };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function alert(n: number, over: Partial<Alert> = {}): Alert {
  return {
    alert_id: `alert_2026-02-28_${n}`,
    severity: 'critical',
    alert_type: 'model_drift',
    affected_component: 'classifier_v2',
    metrics: {},
    timestamp: '2026-02-28T14:32:00Z',
    status: 'firing',
    fingerprint: 'model_drift:classifier',
    source: 'test',
    source_key: String(n),
    summary: 'drift',
    labels: {},
    starts_at: '2026-02-28T14:32:00Z',
    ...over,
  };
}

const options = { environment: 'test', taskQueue: 'agentops', attributesUsable: false };

test('2,000 concurrent repeats become few signals, each alert in exactly one', async () => {
  const { calls, client } = fakeClient(turn);
  const intake = createIntake({ ...options, client });
  await Promise.all(Array.from({ length: 2000 }, (_, n) => intake.deliver([alert(n)])));
  expect(calls.length).toBeLessThanOrEqual(11);
  const batches = calls.map(({ signalArgs: [batch] }) => batch);
  expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(200);
  expect(new Set(batches.flat().map(({ alert_id }) => alert_id)).size).toBe(2000);
  expect(batches.flat()).toHaveLength(2000);
});

test('an alert counts as delivered only once the batch it is in was acknowledged', async () => {
  const acknowledge: (() => void)[] = [];
  const { calls, client } = fakeClient(() => new Promise((resolve) => acknowledge.push(resolve)));
  const intake = createIntake({ ...options, client });
  const done: string[] = [];
  const first = intake.deliver([alert(1)]).then(() => done.push('first'));
  await turn();
  const second = intake.deliver([alert(2)]).then(() => done.push('second'));
  await turn();
  expect(calls).toHaveLength(1);
  acknowledge[0]!();
  await first;
  await turn();
  expect(done).toEqual(['first']);
  expect(calls).toHaveLength(2);
  acknowledge[1]!();
  await second;
  expect(done).toEqual(['first', 'second']);
});

test('a failed batch rejects all who are in it and no one else', async () => {
  const { calls, client } = fakeClient(async (_call, number) => {
    await turn();
    if (number === 1) throw new Error('unavailable');
  });
  const intake = createIntake({ ...options, client });
  const first = Promise.allSettled([intake.deliver([alert(1), alert(2)]), intake.deliver([alert(3)])]);
  await turn();
  const later = intake.deliver([alert(4)]);
  expect((await first).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await later;
  expect(calls.map(({ signalArgs: [batch] }) => batch.length)).toEqual([3, 1]);
});

test('each component has its own incident; a pipeline joins the component it feeds', async () => {
  const { calls, client } = fakeClient(turn);
  const { components } = Policy.parse({
    components: { classifier: { model: 'classifier', pipelines: ['transactions'] } },
  });
  const intake = createIntake({
    ...options,
    client,
    components: () => components,
    attributesUsable: () => true,
  });
  await intake.deliver([
    alert(1),
    alert(2, { affected_component: 'transactions' }),
    alert(3, { affected_component: 'payments' }),
  ]);
  expect(calls.map(({ workflowId, signalArgs: [batch] }) => [workflowId, batch.length])).toEqual([
    ['incident-test-classifier', 2],
    ['incident-test-payments', 1],
  ]);
  expect(calls[0]!.args).toEqual([{ component: 'classifier', environment: 'test' }]);
  expect(calls[0]!.typedSearchAttributes).toBeDefined();
  expect(intake.incidentOf('transactions')).toEqual({
    component: 'classifier',
    workflowId: 'incident-test-classifier',
  });
});

test('a batch stays below what one payload may hold', async () => {
  const { calls, client } = fakeClient(turn);
  const intake = createIntake({ ...options, client });
  await intake.deliver(
    Array.from({ length: 50 }, (_, n) => alert(n, { labels: { big: 'x'.repeat(60_000) } })),
  );
  const sizes = calls.map(({ signalArgs }) => JSON.stringify(signalArgs).length);
  expect(Math.max(...sizes)).toBeLessThan(1_010_000);
  expect(calls.flatMap(({ signalArgs: [batch] }) => batch)).toHaveLength(50);
});

test('resolved alerts alone reach an open incident, and open none', async () => {
  const { calls, signals, state, client } = fakeClient(turn);
  const intake = createIntake({ ...options, client });
  const resolved = alert(1, { status: 'resolved' });
  await intake.deliver([resolved]);
  expect([calls, signals]).toEqual([[], []]);
  state.open = true;
  await intake.deliver([resolved]);
  expect(calls).toEqual([]);
  expect(signals).toEqual([['incident-test-classifier', [resolved]]]);
  await intake.deliver([alert(1, { status: 'resolved', summary: 'over' }), alert(2)]);
  expect(calls.map(({ signalArgs: [batch], staticSummary }) => [batch.length, staticSummary])).toEqual([
    [2, 'drift'],
  ]);
});
