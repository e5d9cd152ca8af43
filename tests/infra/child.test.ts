import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Child, type ChildSpec } from '../../src/cli/up/child.ts';
import { ChildLog } from '../../src/cli/up/child-log.ts';
import { isAlive } from '../../src/cli/up/lock.ts';
import { until } from '../support/until.ts';

const UP = join(import.meta.dirname, '..', '..', 'src', 'cli', 'up');
/** Runs on until SIGTERM, with a process of its own. */
const STEADY = `require('child_process').spawn('sleep', ['1000'], { stdio: 'ignore' }); setInterval(() => {}, 1e6); console.log('up');`;

let dir: string;
let lines: string[];
let children: Child[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentops-child-'));
  lines = [];
  children = [];
});
afterEach(async () => {
  await Promise.all(children.map((child) => child.stop()));
  await rm(dir, { recursive: true, force: true });
});

function supervise(code: string, spec: Partial<ChildSpec> = {}): Child {
  const log = (line: string) => void lines.push(line);
  const output = new ChildLog(join(dir, 'it.log'), log);
  const child = new Child(
    {
      name: 'it',
      command: process.execPath,
      args: ['-e', code],
      env: { PATH: process.env.PATH! },
      readyWithinMs: 10_000,
      ready: async () => undefined,
      ...spec,
    },
    { log, output, onChange: () => undefined },
  );
  children.push(child);
  return child;
}

/** Process ids of a group that still run (zombies do not). */
async function groupOf(pid: number): Promise<string[]> {
  const ps = spawn('ps', ['-eo', 'pid=,pgid=,stat='], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const chunk of ps.stdout) text += chunk;
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, pgid, stat]) => pgid === String(pid) && !stat?.startsWith('Z'))
    .map(([id]) => id!);
}

test('a child killed with SIGKILL is started again, with a calm line', async () => {
  const child = supervise(STEADY);
  await child.start();
  const first = child.pid!;
  process.kill(first, 'SIGKILL');
  await until(() => lines.some((line) => line.startsWith('it is back after')));
  expect(child.pid).not.toBe(first);
  expect(lines[0]).toBe('it ended (SIGKILL); starting it again');
});

test('stop ends the child and what it started itself, and nothing starts again', async () => {
  const child = supervise(STEADY);
  await child.start();
  const pid = child.pid!;
  await until(async () => (await groupOf(pid)).length === 2);
  await child.stop();
  await until(async () => (await groupOf(pid)).length === 0);
  expect(child.pid).toBeUndefined();
  expect(lines).toEqual([]);
});

test('a child that ends before it is ready fails the start with its last words and its log file', async () => {
  const child = supervise(`console.error('it: expected a port, got none'); process.exit(3)`, {
    ready: () => new Promise(() => undefined),
  });
  await expect(child.start()).rejects.toThrow(
    `it ended before it was ready, exit code 3: it: expected a port, got none (log: ${join(dir, 'it.log')})`,
  );
});

test('a child that is never ready fails the start in time, and can be stopped', async () => {
  const child = supervise(STEADY, {
    readyWithinMs: 200,
    ready: (_pid, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  });
  await expect(child.start()).rejects.toThrow('it was not ready within 200 ms');
});

test('warnings of a child are passed on once, the rest stands in its log file', async () => {
  const warn = JSON.stringify({ level: 40, msg: 'the warehouse is slow' });
  const info = JSON.stringify({ level: 30, msg: 'polling' });
  const child = supervise(`console.log('${info}\\n${warn}\\n${warn}\\ndone'); setInterval(() => {}, 1e6)`);
  await child.start();
  const text = () => readFile(join(dir, 'it.log'), 'utf8').catch(() => '');
  await until(async () => (await text()).includes('done'));
  expect(lines).toEqual(['the warehouse is slow']);
  expect((await text()).trim().split('\n')).toEqual([info, warn, warn, 'done']);
});

test('no child outlives a supervisor that is killed with SIGKILL', async () => {
  const script = join(dir, 'supervisor.ts');
  await writeFile(
    script,
    `import { Child } from '${join(UP, 'child.ts')}';
     import { ChildLog } from '${join(UP, 'child-log.ts')}';
     const child = new Child(
       { name: 'it', command: process.execPath, args: ['-e', ${JSON.stringify(STEADY)}], env: { PATH: process.env.PATH! },
         readyWithinMs: 10_000, ready: async () => undefined },
       { log: () => {}, output: new ChildLog('${join(dir, 'it.log')}', () => {}), onChange: () => {} });
     await child.start();
     console.log(child.pid);`,
  );
  const supervisor = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: supervisor.stdout }), 'line')) as [string];
  const pid = Number(line);
  await until(async () => (await groupOf(pid)).length === 2);
  supervisor.kill('SIGKILL');
  await until(async () => (await groupOf(pid)).length === 0);
  expect(isAlive(supervisor.pid!) && (await groupOf(supervisor.pid!)).length > 0).toBe(false);
});
