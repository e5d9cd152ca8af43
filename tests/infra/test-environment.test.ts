import { statSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { timeSkippingEnvironment, workflowBundle } from '../support/temporal.ts';

test('workflows are bundled once a run, and a worker takes the bundle', async () => {
  const first = await workflowBundle();
  const madeAt = statSync(first.codePath).mtimeMs;
  expect(await workflowBundle()).toEqual(first);
  expect(statSync(first.codePath).mtimeMs).toBe(madeAt);
  const env = await timeSkippingEnvironment();
  try {
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'bundle',
      workflowBundle: first,
    });
    await worker.runUntil(env.sleep('1 hour'));
  } finally {
    await env.teardown();
  }
});
