import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readConfig } from '../../src/config/config.ts';

const run = promisify(execFile);
const REQUIREMENTS = join(import.meta.dirname, 'snowflake-requirements.txt');

type Failure = NodeJS.ErrnoException & { stdout?: string; stderr?: string };

/** The end of what Python or pip said, which names the cause. */
function lacking({ message, stdout, stderr }: Failure): string {
  const said = (stderr || stdout || message).trim().slice(-300);
  return (
    'tests on Snowflake: expected python3 (3.11 or later) with venv and pip, and a package index that pip reaches; ' +
    `install or upgrade them (Debian: python3 python3-venv), then run again. It said: ${said}`
  );
}

/**
 * A Python with fakesnow and sqlglot, in versions that work together; made once per user, below the cache directory.
 * Appears whole or not at all: two that start at once both build, and the first to be done is kept.
 * @throws Error that says what this machine lacks of Python
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
    if (!existsSync(python)) throw new Error(lacking(error as Failure));
  }
  return python;
}
