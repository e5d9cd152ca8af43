import { afterAll, beforeAll } from '@jest/globals';
import { createHttpPlatform } from '../../src/platform/http/adapter.ts';
import type { Capabilities } from '../../src/platform/port.ts';
import { openSandbox } from '../sandbox/support.ts';
import { pipelinesSuite } from './suite/pipelines.ts';
import { registrySuite } from './suite/registry.ts';
import { servingSuite } from './suite/serving.ts';
import { trainerSuite } from './suite/trainer.ts';

/** The adapter of the HTTP API, on the sandbox that serves it. */

const models: [string, string] = ['classifier', 'chargeback'];
let sandbox: Awaited<ReturnType<typeof openSandbox>>;
let platform: Capabilities;
let window: { from: string; to: string };
const begun = Math.floor(Date.now() / 1000) * 1000;
const iso = (at: number) => new Date(at).toISOString();

beforeAll(async () => {
  sandbox = await openSandbox({ trainingPaceMs: 20, ticking: true });
  platform = createHttpPlatform({ url: sandbox.url });
  // Enough labelled rows of both to train on.
  for (const model of models)
    await sandbox.post('/simulate/concept_drift', {
      model,
      rows_per_second: model === 'classifier' ? 25 : 12,
    });
  window = { from: iso(begun - 600_000), to: iso(begun - 300_000) };
});
afterAll(() => sandbox.close());

registrySuite(() => ({ ...platform, models }));
servingSuite(() => ({ ...platform, models }));
trainerSuite(() => ({ ...platform, models, since: iso(begun - 3_600_000), tooLate: iso(begun - 60_000) }));
pipelinesSuite(() => ({
  ...platform,
  known: [
    { pipeline: 'accounts', job: null },
    { pipeline: 'payments', job: 'transactions' },
  ],
  unknown: { pipeline: 'nobody', job: null },
  window,
}));
