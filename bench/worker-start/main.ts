import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { readConfig } from '../../src/config/config.ts';
import { findBinary } from '../../src/install/binaries.ts';

/**
 * How long a worker takes from its start to its first poll, here and in another checkout, in turn against one Temporal server:
 * `node bench/worker-start/main.ts <other checkout> [rounds]`. Each checkout's first start only warms its caches.
 */
const [other, rounds = '5'] = process.argv.slice(2);
if (!other) throw new Error('expected the path of another checkout with node_modules, got none');
const HERE = join(import.meta.dirname, '..', '..');
/** The worker's program was here once, and is here now. */
const PROGRAMS = ['src/worker/main.ts', 'temporal/worker.ts'];
const TICKS_A_SECOND = 100;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function until(question: () => Promise<boolean>): Promise<void> {
  while (!(await question().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

const dir = await mkdtemp(join(tmpdir(), 'agentops-bench-'));
const port = await freePort();
const address = `127.0.0.1:${port}`;
const config = readConfig();
const { path } = await findBinary('temporal', config, () => {});
const server = spawn(
  path,
  ['server', 'start-dev', '--headless', '--port', String(port), '--log-level', 'never'],
  {
    stdio: 'ignore',
  },
);
await until(async () => {
  await (await Connection.connect({ address })).close();
  return true;
});
const connection = await Connection.connect({ address });

/** Seconds to the first poll, by the clock and of CPU. */
async function start(checkout: string, name: string): Promise<{ wall: number; cpu: number }> {
  const program = PROGRAMS.map((each) => join(checkout, each)).find((each) => existsSync(each))!;
  const began = performance.now();
  const child = spawn(join(checkout, 'node_modules', '.bin', 'node'), ['--no-warnings', program], {
    cwd: checkout,
    stdio: 'ignore',
    env: {
      ...config.childEnv,
      AGENTOPS_DIR: join(dir, name),
      AGENTOPS_OLLAMA_URL: 'off',
      AGENTOPS_EMBEDDER_DIR: 'off',
      TEMPORAL_ADDRESS: address,
      NODE_COMPILE_CACHE: join(checkout, 'node_modules', '.cache', 'node'),
    },
  });
  try {
    await until(async () => {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace: 'default',
        taskQueue: { name: 'agentops' },
        taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
      });
      return (pollers ?? []).some(({ identity }) => identity?.startsWith(`${child.pid}@`));
    });
    const [user, system] = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
      .split(') ')[1]!
      .split(' ')
      .slice(11, 13);
    return {
      wall: (performance.now() - began) / 1000,
      cpu: (Number(user) + Number(system)) / TICKS_A_SECOND,
    };
  } finally {
    // SIGTERM first, so that Node keeps what it compiled.
    child.kill('SIGTERM');
    await Promise.race([once(child, 'exit'), new Promise((resolve) => setTimeout(resolve, 5_000))]);
    await stop(child);
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const measured = {
  here: [] as Awaited<ReturnType<typeof start>>[],
  there: [] as Awaited<ReturnType<typeof start>>[],
};
try {
  await start(other, 'there');
  await start(HERE, 'here');
  for (let round = 0; round < Number(rounds); round++) {
    measured.there.push(await start(other, 'there'));
    measured.here.push(await start(HERE, 'here'));
  }
} finally {
  await connection.close();
  await stop(server);
  await rm(dir, { recursive: true, force: true });
}
for (const figure of ['wall', 'cpu'] as const) {
  const [here, there] = [measured.here, measured.there].map((all) => median(all.map((each) => each[figure])));
  console.log(
    `${figure}: here ${here!.toFixed(2)} s, there ${there!.toFixed(2)} s, ratio ${(here! / there!).toFixed(2)}`,
  );
}
