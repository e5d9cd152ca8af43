import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OllamaParts } from './ollama-build.ts';
import { until } from './until.ts';

const run = promisify(execFile);

export const TEST_MODEL = 'smol';
/** The same, but it stops at the first brace: a JSON answer of its is empty. */
export const MUTE_MODEL = 'smol-mute';

/** SmolLM2 speaks ChatML. One thread: with more, its workers spin and wait for each other wherever a core is busy. */
const modelfile = (weights: string) => `FROM ${weights}
TEMPLATE """{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
PARAMETER num_thread 1
`;

/** An Ollama of our own on a free port, with the test models in it. */
export interface RunningOllama extends AsyncDisposable {
  url: string;
  /** Ends the server and its model runner at once, as the kernel would when memory is short. */
  kill(): void;
}

/** Starts a server on a free loopback port and creates the test models. Its files go when it is disposed of. */
export async function startOllama({ binary, weights }: OllamaParts): Promise<RunningOllama> {
  const dir = await mkdtemp(join(tmpdir(), 'agentops-ollama-'));
  const env = {
    PATH: process.env.PATH,
    HOME: dir,
    OLLAMA_MODELS: join(dir, 'models'),
    OLLAMA_NUM_PARALLEL: '1',
  };
  const child = spawn(binary, ['serve'], {
    env: { ...env, OLLAMA_HOST: '127.0.0.1:0' },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own: the model runs in a process that it starts.
    detached: true,
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = `${log}${text}`.slice(-20_000);
  });
  const listening = () => /Listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1];
  try {
    await until(() => {
      if (child.exitCode !== null) throw new Error(`ollama serve ended: ${log.trim().split('\n').at(-1)}`);
      return listening() !== undefined;
    });
    const host = listening()!;
    for (const [name, more] of [
      [TEST_MODEL, ''],
      [MUTE_MODEL, 'PARAMETER stop "{"\n'],
    ] as const) {
      const file = join(dir, `Modelfile.${name}`);
      await writeFile(file, modelfile(weights) + more);
      await run(binary, ['create', name, '-f', file], {
        env: { ...env, OLLAMA_HOST: host },
        timeout: 60_000,
      });
    }
    const end = async () => {
      stop(child);
      await until(() => child.exitCode !== null || child.signalCode !== null);
      await rm(dir, { recursive: true, force: true });
    };
    return { url: `http://${host}`, kill: () => stop(child), [Symbol.asyncDispose]: end };
  } catch (error) {
    stop(child);
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

/** The whole group, once; it may have ended already. */
function stop(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // Gone.
  }
}
