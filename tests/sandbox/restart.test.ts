import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readOrCreateSecret } from '../../src/config/secrets.ts';
import { seededDataDir } from '../support/seeded-world.ts';
import { connect, openSandbox, TOKEN } from './support.ts';

let dataDir: string;
let since: string;
let child: ChildProcess | undefined;
const MAIN = new URL('../../src/sandbox/main.ts', import.meta.url).pathname;

function launch(extra: NodeJS.ProcessEnv = {}): ChildProcess {
  child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      AGENTOPS_DIR: dataDir,
      AGENTOPS_SANDBOX_PORT: '0',
      AGENTOPS_WAREHOUSE_TOKEN: TOKEN,
      ...extra,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return child;
}

/** The address that the process says it listens on. */
async function addressOf(process: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: process.stdout! })) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url) return url;
  }
  throw new Error('the sandbox ended before it was up');
}

async function end(process: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(process, 'exit');
  process.kill(signal);
  return (await exit)[0] as number | null;
}

beforeAll(async () => {
  dataDir = await seededDataDir({ seed: 1, trafficPerSecond: 2 });
  const sandbox = await openSandbox({ dataDir });
  since = (await sandbox.change()).started_at;
  await sandbox.close();
});
afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

test('after kill -9 in the middle of a training job everything goes on: job, keys, traffic', async () => {
  const first = launch();
  const before = connect(await addressOf(first));
  const { id } = await before.platform.train(since, 'key-1');
  for (let progress = 0; progress < 0.3; ) ({ progress } = await before.platform.job(id));
  await end(first, 'SIGKILL');

  const begun = Date.now();
  const second = launch();
  const after = connect(await addressOf(second));
  expect(Date.now() - begun).toBeLessThan(10_000);
  expect((await after.platform.train(since, 'key-1')).id).toBe(id);
  const job = await after.finished(id);
  expect(job).toMatchObject({ id, status: 'succeeded', result: { version: 'v3', champion: 'v2' } });
  expect(await after.platform.trainings()).toHaveLength(1);

  const window = { from: new Date(Date.now() - 600_000).toISOString(), to: '2100-01-01T00:00:00Z' };
  const { value } = await after.warehouse.predictionTrend({ model: 'classifier', window }, 10, []);
  const starts = value.map(({ at }) => Date.parse(at));
  expect(starts.every((at, i) => i === 0 || at - starts[i - 1]! === 10_000)).toBe(true);
  expect(await end(second, 'SIGTERM')).toBe(0);
});

test('a port that is taken is one line that says what to do', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const blocked = launch({ AGENTOPS_SANDBOX_PORT: String(port) });
  const lines: string[] = [];
  createInterface({ input: blocked.stderr! }).on('line', (line) => lines.push(line));
  const [code] = await once(blocked, 'close');
  server.close();
  expect(code).toBe(1);
  expect(lines).toEqual([
    `sandbox: port ${port} on 127.0.0.1 is taken; stop what uses it or set AGENTOPS_SANDBOX_PORT`,
  ]);
});

test('the secret is made once and only its owner may read it', () => {
  const secret = readOrCreateSecret(dataDir, 'warehouse-token');
  expect(secret.length).toBeGreaterThan(30);
  expect(readOrCreateSecret(dataDir, 'warehouse-token')).toBe(secret);
  expect(statSync(join(dataDir, 'warehouse-token')).mode & 0o777).toBe(0o600);
});
