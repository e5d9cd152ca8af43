import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { workflowBundle as productionBundle } from '../../src/worker/bundle.ts';
import { ATTRIBUTE_KEYS } from '../../workflows/attribute-keys.ts';

/** Once per test file, before its first connection: the SDK and its native core log errors alone. */
function quiet(): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      shutdownSignals: [],
      telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
    });
  } catch {
    // Installed already by an earlier environment of this file.
  }
}

/**
 * The time-skipping server: timers pass at once while a result is awaited. It has no Schedules, listing, reset or search
 * attributes. Tear it down in `afterAll`.
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  quiet();
  const path = process.env.AGENTOPS_TEST_TIME_SKIPPING!;
  return await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
}

/** A real dev server on a free port, in memory, that knows our search attributes. Tear it down in `afterAll`. */
export async function devServerEnvironment(
  options: { searchAttributes?: typeof ATTRIBUTE_KEYS; dbFilename?: string; extraArgs?: string[] } = {},
): Promise<TestWorkflowEnvironment> {
  quiet();
  const path = process.env.AGENTOPS_TEST_TEMPORAL!;
  return await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      searchAttributes: ATTRIBUTE_KEYS,
      log: { format: 'pretty', level: 'error' },
      ...options,
    },
  });
}

/** All workflows bundled, as the production worker has them. */
export async function workflowBundle(): Promise<{ codePath: string }> {
  const bundle = await productionBundle();
  if (!('codePath' in bundle))
    throw new Error('expected node_modules to be writable, for the bundle of the workflows');
  return bundle;
}

/** Other workflows bundled: made by the first test file of a run that needs it, read by the others. */
export async function bundleOf(workflowsPath: string): Promise<{ codePath: string }> {
  const name = `${workflowsPath.replaceAll(/\W+/g, '-')}.js`;
  const codePath = join(process.env.AGENTOPS_TEST_RUN_DIR!, name);
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    // Whole or not at all: another test process may be here as well.
    await writeFile(`${codePath}.${process.pid}`, code);
    await rename(`${codePath}.${process.pid}`, codePath);
  }
  return { codePath };
}
