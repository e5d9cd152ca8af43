import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { takeLock } from '../../src/cli/up/lock.ts';
import { claimPorts } from '../../src/cli/up/ports.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'agentops-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a second up in the same directory is refused with a line that names the first, until it releases', () => {
  const lock = takeLock(dir);
  expect(() => takeLock(dir)).toThrow(`AgentOps is already running in ${dir} (process ${process.pid})`);
  lock.release();
  takeLock(dir).release();
});

test('the lock of a process that is gone, or whose id another has now, is taken over', () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(join(dir, 'up.lock'), JSON.stringify({ pid: gone, start: '1' }));
  takeLock(dir).release();
  writeFileSync(join(dir, 'up.lock'), JSON.stringify({ pid: process.pid, start: 'another time' }));
  takeLock(dir).release();
  writeFileSync(join(dir, 'up.lock'), 'half a li');
  takeLock(dir).release();
});

test('a taken port is refused with its number and the variable that moves it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(claimPorts([{ variable: 'AGENTOPS_TEMPORAL_PORT', host: '127.0.0.1', port }])).rejects.toThrow(
    `port ${port} is taken; stop what uses it or set AGENTOPS_TEMPORAL_PORT to another port`,
  );
  server.close();
});

test('ports given as 0 are chosen, all different', async () => {
  const wanted = ['A', 'B', 'C'].map((variable) => ({ variable, host: '127.0.0.1', port: 0 }));
  const ports = Object.values(await claimPorts(wanted));
  expect(new Set(ports).size).toBe(3);
  expect(ports.every((port) => Number(port) > 0)).toBe(true);
});
