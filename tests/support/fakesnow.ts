import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readConfig } from '../../src/config/config.ts';

const run = promisify(execFile);
const REQUIREMENTS = join(import.meta.dirname, 'snowflake-requirements.txt');

/**
 * A Python with fakesnow and sqlglot, in versions that work together; made once per user, below the cache directory.
 * Appears whole or not at all: two that start at once both build, and the first to be done is kept.
 * @throws Error when there is no python3 (3.10 or later), or pip cannot install
 */
export async function fakesnowPython(): Promise<string> {
  const home = join(readConfig().cacheDir, 'fakesnow-0.12.1');
  const python = join(home, 'bin', 'python');
  if (existsSync(python)) return python;
  await mkdir(dirname(home), { recursive: true });
  const draft = await mkdtemp(`${home}.`);
  try {
    await run('python3', ['-m', 'venv', draft]);
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:'];
    await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', ...quiet, '-r', REQUIREMENTS]);
    await rename(draft, home);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(python)) throw error;
  }
  return python;
}
