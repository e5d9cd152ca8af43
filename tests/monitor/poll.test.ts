import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type {
  CheckAnswers,
  CheckRequest,
  MonitorActivities,
  RaiseRequest,
} from '../../workflows/contracts/monitor.ts';
import { POLL_WORKFLOW, TASK_QUEUE } from '../../workflows/names.ts';
import { timeSkippingEnvironment, workflowBundle } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
let bundle: { codePath: string };
beforeAll(async () => {
  env = await timeSkippingEnvironment();
  bundle = await workflowBundle();
});
afterAll(() => env?.teardown());

const found = (rule: 'model_drift' | 'latency'): CheckAnswers => ({
  classifier: {
    measurements: [
      {
        rule,
        state: 'clear',
        value: 0.1,
        threshold: 0.3,
        window: { from: '2026-02-28T13:00:00.000Z', to: '2026-02-28T14:00:00.000Z' },
        samples: {},
        numbers: {},
        query: '',
        text: `${rule} said`,
      },
    ],
    evidence: [],
    activeVersion: null,
  },
});

const nothing: CheckAnswers = { classifier: { measurements: [], evidence: [], activeVersion: 'v2' } };

/** The same answer for every component that is asked about. */
const forAll = ({ components }: CheckRequest, { classifier }: CheckAnswers): CheckAnswers =>
  Object.fromEntries(components.map((name) => [name, classifier!]));

let runs = 0;
/** One poll with these activities; answers its result, what was raised, and how long its history is. */
async function poll(activities: Partial<MonitorActivities>, components = ['classifier']) {
  const raised: RaiseRequest[] = [];
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowBundle: bundle,
    activities: {
      check_drift: async (request) => forAll(request, found('model_drift')),
      query_snowflake: async (request) => forAll(request, found('latency')),
      check_data_quality: async (request) => forAll(request, nothing),
      check_model_health: async (request) => forAll(request, nothing),
      raise_alerts: async (request) => {
        raised.push(request);
        return ['alert_2026-02-28_001'];
      },
      ...activities,
    } satisfies MonitorActivities,
  });
  const handle = await env.client.workflow.start(POLL_WORKFLOW, {
    workflowId: `poll-${runs++}`,
    taskQueue: TASK_QUEUE,
    args: [{ group: 'default', components }],
  });
  const result = await worker.runUntil(
    handle.result().catch((error: unknown) => {
      if (error instanceof WorkflowFailedError) return error;
      throw error;
    }),
  );
  const { events } = await handle.fetchHistory();
  return { result, raised, events: events?.length ?? 0 };
}

test('a poll measures with every tool and raises what they found, with the version that somebody knew', async () => {
  const { result, raised, events } = await poll({});
  expect(result).toEqual({ alerts: ['alert_2026-02-28_001'], failures: [] });
  expect(raised).toMatchObject([
    {
      group: 'default',
      succeeded: true,
      failures: [],
      found: [
        {
          component: 'classifier',
          activeVersion: 'v2',
          measurements: [{ rule: 'model_drift' }, { rule: 'latency' }],
        },
      ],
    },
  ]);
  expect(events).toBeLessThan(40);
});

test('a source that stays away is tried again, then named, and silences no other rule', async () => {
  let attempts = 0;
  const { result, raised } = await poll({
    check_drift: async () => {
      attempts++;
      throw new Error('warehouse is away');
    },
  });
  expect(attempts).toBeGreaterThan(1);
  expect(result).toMatchObject({ failures: [{ tool: 'check_drift', message: 'warehouse is away' }] });
  expect(raised[0]!.found[0]!.measurements.map((m) => m.rule)).toEqual(['latency']);
});

test('when nothing can be measured that is raised, no rule is cleared, and the poll fails and says why', async () => {
  const unknown = async (): Promise<CheckAnswers> => {
    throw ApplicationFailure.nonRetryable('component "classifier" is not in the policy', 'UnknownComponent');
  };
  const { result, raised } = await poll({
    check_drift: unknown,
    query_snowflake: unknown,
    check_data_quality: unknown,
    check_model_health: unknown,
  });
  expect(result).toBeInstanceOf(WorkflowFailedError);
  expect((result as WorkflowFailedError).cause).toMatchObject({
    type: 'NothingMeasured',
    message: expect.stringContaining('check_drift: component "classifier" is not in the policy'),
  });
  expect(raised).toMatchObject([{ succeeded: false, found: [{ measurements: [] }] }]);
  expect(raised[0]!.failures).toHaveLength(4);
});

test('components that one cause keeps from being measured are named together; the others are measured', async () => {
  const failure = { message: 'connection refused '.repeat(40), type: 'WarehouseError' };
  const { classifier } = found('latency');
  const { result, raised } = await poll(
    { query_snowflake: async () => ({ classifier: classifier!, a: { failure }, b: { failure } }) },
    ['classifier', 'a', 'b'],
  );
  expect((result as { failures: unknown }).failures).toEqual([
    { tool: 'query_snowflake', message: failure.message.slice(0, 300), components: ['a', 'b'] },
  ]);
  expect(raised[0]).toMatchObject({ succeeded: true });
  expect(raised[0]!.found.map(({ component }) => component)).toEqual(['classifier', 'a', 'b']);
});

test('all tools look at windows that end at the poll’s beginning', async () => {
  const ends: unknown[] = [];
  const noting = async ({ until }: CheckRequest) => {
    ends.push(until);
    return nothing;
  };
  const { raised } = await poll({
    check_drift: noting,
    query_snowflake: noting,
    check_data_quality: noting,
    check_model_health: noting,
  });
  expect(ends).toEqual([raised[0]!.at, raised[0]!.at, raised[0]!.at, raised[0]!.at]);
});
