import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isAlive } from '../../src/cli/up/lock.ts';
import { banner } from '../../src/cli/up/serve.ts';
import { type Running, up } from '../../src/cli/up/up.ts';
import { readConfig } from '../../src/config/config.ts';
import { seededDataDir } from '../support/seeded-world.ts';
import { until } from '../support/until.ts';

let dir: string;
let running: Running;
const lines: string[] = [];
const log = (line: string) => void lines.push(line);

function config() {
  return readConfig({
    ...process.env,
    AGENTOPS_DIR: dir,
    AGENTOPS_PORT: '0',
    AGENTOPS_SANDBOX_PORT: '0',
    AGENTOPS_TEMPORAL_PORT: '0',
    AGENTOPS_TEMPORAL_UI_PORT: '0',
    TEMPORAL_CLI: process.env.AGENTOPS_TEST_TEMPORAL,
  });
}

beforeAll(async () => {
  dir = await seededDataDir({ seed: readConfig({}).sandbox.seed, trafficPerSecond: 25 });
  running = await up(config(), { log });
}, 120_000);
afterAll(async () => {
  await running?.stop();
  await rm(dir, { recursive: true });
});

const written = async () => JSON.parse(await readFile(join(dir, 'processes.json'), 'utf8'));

test('all four processes are up and ready, and their ids are on file', async () => {
  expect(Object.keys(running.processes())).toEqual(['temporal', 'sandbox', 'worker', 'api']);
  expect(await written()).toEqual(running.processes());
  expect((await fetch(`${running.urls.api}/readyz`)).status).toBe(200);
  expect((await fetch(running.urls.temporalWeb)).status).toBe(200);
});

test('the lines of the banner run as they are, on any port and from any directory of data', async () => {
  expect(lines).toContain('starting worker and api');
  const told = banner(running);
  expect(told).toContain(`API           ${running.urls.api}\n`);
  const line = told.split('\n').find((each) => each.includes('npx agentops incidents'))!;
  const { PATH, HOME } = process.env;
  const { stdout } = await promisify(execFile)('sh', ['-c', `${line}\n`], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { PATH, HOME },
  });
  expect(stdout).toMatch(/^No incidents\./);
}, 30_000);

test('a second up in the same directory is refused and disturbs nothing', async () => {
  const before = running.processes();
  await expect(up(config(), { log })).rejects.toThrow(`AgentOps is already running in ${dir}`);
  expect(running.processes()).toEqual(before);
  expect(await written()).toEqual(before);
});

test('a port that is taken is named before anything starts', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'agentops-up-'));
  const port = String(running.config.temporal.port);
  const extraEnv = { AGENTOPS_DIR: elsewhere, AGENTOPS_TEMPORAL_PORT: port };
  await expect(up(config(), { log, extraEnv })).rejects.toThrow(
    `port ${port} is taken; stop what uses it or set AGENTOPS_TEMPORAL_PORT to another port`,
  );
  await rm(elsewhere, { recursive: true });
});

test('the worker and Temporal come back after SIGKILL, under new ids on file', async () => {
  const before = running.processes();
  for (const name of ['worker', 'temporal']) {
    process.kill(before[name]!, 'SIGKILL');
    await until(() => lines.some((line) => line.startsWith(`${name} is back after`)), 45_000);
  }
  const after = await written();
  expect(after.worker).not.toBe(before.worker);
  expect(after.temporal).not.toBe(before.temporal);
  expect(after.api).toBe(before.api);
});

test('stop leaves no process, no lock and no list of processes', async () => {
  const pids = Object.values(running.processes());
  await running.stop();
  expect(await running.stopped).toBeNull();
  expect(pids.filter(isAlive)).toEqual([]);
  await expect(written()).rejects.toThrow('ENOENT');
  await expect(readFile(join(dir, 'up.lock'))).rejects.toThrow('ENOENT');
});
