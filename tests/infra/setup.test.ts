import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'agentops-setup-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A project whose npm is a script: it notes its arguments, prints to stdout, and puts a `node` in place. */
function project(nodeVersion: string): { run(): ReturnType<typeof spawnSync>; installs(): number } {
  mkdirSync(join(dir, 'scripts'));
  cpSync(join(ROOT, 'scripts', 'setup.mjs'), join(dir, 'scripts', 'setup.mjs'));
  writeFileSync(join(dir, 'package-lock.json'), '{}');
  const npm = join(dir, 'npm.js');
  writeFileSync(
    npm,
    `const fs = require('fs'); console.log('noise of npm'); fs.mkdirSync('node_modules/.bin', { recursive: true });
     fs.appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
     fs.writeFileSync('node_modules/.bin/node', '#!/bin/sh\\necho ${nodeVersion}\\n', { mode: 0o755 });`,
  );
  return {
    run: () =>
      spawnSync(process.execPath, [join(dir, 'scripts', 'setup.mjs')], {
        env: { PATH: process.env.PATH, npm_execpath: npm },
        encoding: 'utf8',
      }),
    installs: () =>
      existsSync(join(dir, 'calls')) ? readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n').length : 0,
  };
}

test('set-up installs once, again when the lock file changed or node_modules is gone, and leaves stdout clean', () => {
  const { run, installs } = project('v24.1.0');
  const first = run();
  expect(first.status).toBe(0);
  expect(first.stdout).toBe('');
  expect(first.stderr).toContain('noise of npm');
  expect(readFileSync(join(dir, 'calls'), 'utf8')).toMatch(/^ci /);
  run();
  expect(installs()).toBe(1);
  writeFileSync(join(dir, 'package-lock.json'), '{ }');
  run();
  expect(installs()).toBe(2);
  rmSync(join(dir, 'node_modules'), { recursive: true });
  expect(run().status).toBe(0);
  expect(installs()).toBe(3);
});

test('set-up says what to do when the install brought no Node 24, and tries again next time', () => {
  const { run, installs } = project('v20.1.0');
  const { status, stderr } = run();
  expect(status).toBe(1);
  expect(stderr).toContain('expected Node 24 from the dependency "node", got "v20.1.0"');
  run();
  expect(installs()).toBe(2);
});

test('the lock file names the packages of all platforms, which npm ci demands', () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(ROOT, 'scripts', 'complete-lock.mjs'), '--check'],
    { encoding: 'utf8' },
  );
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: 'package-lock.json: 0 platform packages were missing\n',
  });
});
