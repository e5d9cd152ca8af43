import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DuckDBConnection } from '@duckdb/node-api';

const run = promisify(execFile);
const VERSION = '0.7.23';
/** 0.7.23 needs a pandas before 3. */
const REQUIREMENTS = [`evidently==${VERSION}`, 'pandas==2.3.3', 'pyarrow==26.0.1'];

export interface Evidently {
  version: string;
  seconds: { psi: number; ks: number };
}

/**
 * Evidently's own PSI and KS over the tables `reference` and `current`, handed over as Parquet; reading it is not timed.
 * Its Python is made once, below the cache directory.
 * @throws Error where there is no python3, or pip cannot install
 */
export async function timeEvidently(
  connection: DuckDBConnection,
  cacheDir: string,
  directory: string,
  tell: (line: string) => void,
): Promise<Evidently> {
  const python = await pythonWithEvidently(cacheDir, tell);
  const files = ['reference', 'current'].map(
    (table) => [table, join(directory, `${table}.parquet`)] as const,
  );
  for (const [table, file] of files) await connection.run(`COPY ${table} TO '${file.replaceAll("'", "''")}'`);
  tell(`Evidently ${VERSION} …`);
  const script = join(import.meta.dirname, 'time_evidently.py');
  const stdout = await said(python, [script, ...files.map(([, file]) => file)]);
  return { version: VERSION, seconds: JSON.parse(stdout.trim().split('\n').at(-1)!) };
}

/** Appears whole or not at all, so that two that start at once do not meet half of it. */
async function pythonWithEvidently(cacheDir: string, tell: (line: string) => void): Promise<string> {
  const home = join(cacheDir, `evidently-${VERSION}`);
  const python = join(home, 'bin', 'python');
  if (existsSync(python)) return python;
  tell(`installing Evidently ${VERSION} from PyPI (once) …`);
  await mkdir(cacheDir, { recursive: true });
  const draft = await mkdtemp(`${home}.`);
  try {
    await said('python3', ['-m', 'venv', draft]);
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:'];
    await said(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', ...quiet, ...REQUIREMENTS]);
    await rename(draft, home);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(python)) throw error;
  }
  return python;
}

/** What a program prints. @throws Error with its last line of complaint */
async function said(program: string, args: string[]): Promise<string> {
  try {
    return (await run(program, args, { maxBuffer: 64 << 20 })).stdout;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`${program} ${args[0]}: ${stderr?.trim().split('\n').at(-1) || message}`);
  }
}
