import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config/config.ts';
import { findBinary } from '../../src/install/binaries.ts';
import { defaultOffers, findWeights } from '../../src/install/weights.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { fakesnowPython } from './fakesnow.ts';

/**
 * Gets what tests would else download or build within their time limits: both Temporal binaries, fakesnow, the weights of the
 * embedding model, the bundle of the workflows. Makes a directory for all that this run writes.
 */
export default async function globalSetup(): Promise<void> {
  const config = readConfig();
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const dir = await mkdtemp(join(tmpdir(), 'agentops-test-'));
  for (const [name, variable] of [
    ['temporal', 'AGENTOPS_TEST_TEMPORAL'],
    ['temporal-test-server', 'AGENTOPS_TEST_TIME_SKIPPING'],
  ] as const) {
    const { path } = await findBinary(name, config, log);
    // What a server prints would stand between the test results.
    process.env[variable] = join(dir, name);
    const script = `#!/bin/sh\nexec '${path}' "$@" >>'${join(dir, name)}.log' 2>&1\n`;
    await writeFile(join(dir, name), script, { mode: 0o755 });
  }
  // Tests that need what cannot be had say so themselves.
  const best = defaultOffers(config).slice(0, 1);
  await Promise.allSettled([fakesnowPython(), workflowBundle(), findWeights(config, log, best)]);
  process.env.AGENTOPS_TEST_RUN_DIR = dir;
  // What a test leaves behind goes with the run.
  process.env.TMPDIR = dir;
}
