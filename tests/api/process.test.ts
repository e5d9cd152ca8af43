import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from '@jest/globals';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'api', 'main.ts');
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function spawnApi(dir: string, port = '0'): ChildProcess {
  const env = {
    PATH: process.env.PATH!,
    AGENTOPS_DIR: dir,
    AGENTOPS_PORT: port,
    // Nothing listens there: Temporal is away.
    TEMPORAL_ADDRESS: '127.0.0.1:1',
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  return child;
}

/** The address it listens on, as it says itself; its output is read to the end. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout! });
    lines.on('line', (line) => {
      const { address } = JSON.parse(line);
      if (address) resolve(`http://127.0.0.1:${address.port}`);
    });
    lines.on('close', () => reject(new Error('ended without listening')));
  });
}

test('with Temporal away it starts, answers, keeps its admin token over restarts and stops on request', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'agentops-process-'));
  const file = join(dir, 'admin-token');
  const tokens: string[] = [];
  const statuses: number[] = [];
  const start = async (also: (url: string) => Promise<void> = async () => {}) => {
    const child = spawnApi(dir);
    const url = await listening(child);
    tokens.push(readFileSync(file, 'utf8').trim());
    const headers = { authorization: `Bearer ${tokens.at(-1)}` };
    statuses.push((await fetch(`${url}/api/tokens`, { headers })).status);
    await also(url);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  };
  await start(async (url) => {
    const health = await fetch(`${url}/healthz`);
    expect([health.status, health.headers.get('keep-alive')]).toEqual([200, 'timeout=75']);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await start();
  rmSync(file);
  await start();
  expect(statuses).toEqual([200, 200, 200]);
  expect(tokens[1]).toBe(tokens[0]);
  expect(tokens[2]).not.toBe(tokens[0]);
});

test('a taken port is said in one line', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const child = spawnApi(mkdtempSync(join(tmpdir(), 'agentops-process-')), String(port));
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  other.close();
  expect(code).toBe(1);
  expect(said).toMatch(new RegExp(`^api: .*EADDRINUSE.*${port}\n$`));
});
