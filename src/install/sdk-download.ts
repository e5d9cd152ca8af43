import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { version } = createRequire(import.meta.url)('@temporalio/client/package.json') as { version: string };
/** The SDK's version picks the version of what it downloads. */
export const SDK_VERSION = version;

const CHILD = join(import.meta.dirname, 'sdk-download-child.ts');
const PARTIAL = '.downloading';

/**
 * Lets the Temporal SDK download a server binary below `dir`. The SDK's download cannot be cancelled, so it runs in a
 * process of its own, which is given up when no further byte arrived for `stallMs`: a blocked download costs seconds,
 * a slow one goes on. @returns the path of the binary. @throws Error saying why there is none
 */
export async function downloadWithSdk(
  binary: string,
  dir: string,
  { stallMs = 4_500, child: script = CHILD } = {},
): Promise<string> {
  const child = spawn(process.execPath, ['--no-warnings', script, binary, dir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  let stalled = false;
  let bytes = 0;
  let lastByteAt = Date.now();
  const watch = setInterval(async () => {
    const files = await sizes(dir);
    const now = files.reduce((sum, file) => sum + file.size, 0);
    if (now > bytes || files.some((file) => !file.name.endsWith(PARTIAL))) lastByteAt = Date.now();
    bytes = now;
    if (Date.now() - lastByteAt < stallMs) return;
    stalled = true;
    child.kill('SIGKILL');
  }, 200);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve);
      child.once('error', reject);
    });
    if (stalled) throw new Error(`no byte arrived for ${stallMs / 1000} s, given up`);
    if (code !== 0) throw new Error(errors.trim().split('\n').at(-1) || `ended with exit code ${code}`);
  } finally {
    clearInterval(watch);
  }
  const file = (await sizes(dir)).find(({ name }) => !name.endsWith(PARTIAL));
  if (!file) throw new Error('nothing was downloaded');
  return join(dir, file.name);
}

async function sizes(dir: string): Promise<{ name: string; size: number }[]> {
  const names = await readdir(dir).catch(() => []);
  const size = async (name: string) => (await stat(join(dir, name)).catch(() => null))?.size ?? 0;
  return await Promise.all(names.map(async (name) => ({ name, size: await size(name) })));
}
