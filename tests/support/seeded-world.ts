import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  constants,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CACHE = join(ROOT, 'node_modules', '.cache', 'agentops', 'worlds');
/** All that a seeded world is made from. */
const SOURCES = [
  'src/sandbox/**/*.ts',
  'src/warehouse/**/*.ts',
  'src/domain/stats/*.ts',
  'incidents/*',
  'package-lock.json',
];
/** A world of the present is made anew when it is older: the sandbox makes up for an hour at most. */
const FRESH_MS = 20 * 60_000;

export interface WorldKey {
  seed: number;
  trafficPerSecond: number;
  labelDelayMs?: number | undefined;
  /** The moment at which its history ends; left out: the present. */
  now?: number | undefined;
}

let sources: string | undefined;
function hashOfSources(): string {
  if (sources) return sources;
  const hash = createHash('sha256');
  for (const file of globSync(SOURCES, { cwd: ROOT }).sort()) {
    if (!file.endsWith('.test.ts')) hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  }
  sources = hash.digest('hex').slice(0, 12);
  return sources;
}

/**
 * A data directory of its own with a seeded world in it: two weeks of history and trained models. The world is built once for
 * each seed, rate and state of its sources, by a plain process, kept as a file and copied.
 */
export async function seededDataDir(key: WorldKey): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agentops-world-'));
  cpSync(await worldFile(key), join(dataDir, 'warehouse.duckdb'), { mode: constants.COPYFILE_FICLONE });
  return dataDir;
}

async function worldFile(key: WorldKey): Promise<string> {
  const { seed, trafficPerSecond, labelDelayMs = 30_000, now } = key;
  const name = [seed, trafficPerSecond, labelDelayMs, now ?? 'live', hashOfSources()].join('-');
  const folder = join(CACHE, name);
  const file = join(folder, 'warehouse.duckdb');
  const ready = () =>
    existsSync(file) && (now !== undefined || Date.now() - statSync(file).mtimeMs < FRESH_MS);
  if (ready()) return file;
  mkdirSync(CACHE, { recursive: true });
  const lock = `${folder}.lock`;
  if (!takeLock(lock)) {
    await until(() => ready() || !existsSync(lock), 120_000, 100);
    return await worldFile(key);
  }
  try {
    const draft = `${folder}.${randomUUID()}`;
    const settings = JSON.stringify({
      dataDir: draft,
      seed,
      trafficPerSecond,
      labelDelayMs,
      now: now ?? null,
    });
    const script = join(import.meta.dirname, 'seed-world.ts');
    await promisify(execFile)(process.execPath, ['--no-warnings', script, settings]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return file;
}

/** Whether this process is to build; a lock that is older than any build is left by one that was killed. */
function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 180_000) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
