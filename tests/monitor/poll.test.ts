import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { CheckResult, MonitorActivities, RaiseRequest } from '../../workflows/contracts.ts';
import { POLL_WORKFLOW, TASK_QUEUE } from '../../workflows/names.ts';
import { timeSkippingEnvironment, workflowBundle } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
let bundle: { codePath: string };
beforeAll(async () => {
  env = await timeSkippingEnvironment();
  bundle = await workflowBundle(join(import.meta.dirname, '../../workflows/poll.ts'));
});
afterAll(() => env?.teardown());

const found = (rule: 'model_drift' | 'latency'): CheckResult => ({
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
      text: rule,
    },
  ],
  evidence: [],
  activeVersion: null,
});

let runs = 0;
/** One poll with these activities; answers its result, what was raised, and how long its history is. */
async function poll(activities: Partial<MonitorActivities>) {
  const raised: RaiseRequest[] = [];
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowBundle: bundle,
    activities: {
      check_drift: async () => found('model_drift'),
      query_snowflake: async () => found('latency'),
      check_data_quality: async () => ({ measurements: [], evidence: [], activeVersion: 'v2' }),
      check_model_health: async () => ({ measurements: [], evidence: [], activeVersion: 'v2' }),
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
    args: [{ component: 'classifier' }],
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
      component: 'classifier',
      activeVersion: 'v2',
      measurements: [{ rule: 'model_drift' }, { rule: 'latency' }],
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
  expect(raised[0]!.measurements.map((m) => m.rule)).toEqual(['latency']);
});

test('when nothing can be measured the poll fails and says why; nothing is raised or cleared', async () => {
  const unknown = async (): Promise<CheckResult> => {
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
    type: 'UnknownComponent',
    message: 'component "classifier" is not in the policy',
  });
  expect(raised).toEqual([]);
});
