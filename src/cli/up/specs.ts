import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { registerAttributes } from '../../../temporal/attributes.ts';
import { devServerArguments, ensureRetention, temporalReady } from '../../../temporal/server.ts';
import { TASK_QUEUE } from '../../../workflows/names.ts';
import type { Config } from '../../config/config.ts';
import type { ChildSpec } from './child.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const POLL_MS = 100;

/** Our own Temporal dev server; ready means namespace, retention and search attributes are as they should be. */
export function temporalSpec(config: Config, binary: string, client: Client): ChildSpec {
  return {
    name: 'temporal',
    command: binary,
    args: devServerArguments(config),
    env: config.childEnv,
    readyWithinMs: 60_000,
    async ready(_pid, signal) {
      await temporalReady(client, signal);
      await ensureRetention(client);
      await registerAttributes(client);
    },
  };
}

/** The outside world; its first start makes 14 days of history and trains two models. */
export function sandboxSpec(config: Config): ChildSpec {
  return {
    ...nodeProgram('sandbox', 'src/sandbox/main.ts', config),
    readyWithinMs: 180_000,
    ready: (_pid, signal) => answers(`${config.sandbox.url}/health`, signal),
  };
}

/** Ready when Temporal sees this very process ask for work. */
export function workerSpec(config: Config, client: Client): ChildSpec {
  return {
    ...nodeProgram('worker', 'src/worker/main.ts', config),
    readyWithinMs: 60_000,
    ready: (pid, signal) => until(() => polls(client, pid), signal),
  };
}

export function apiSpec(config: Config): ChildSpec {
  // A wildcard address is listened on, not called.
  const host = ['0.0.0.0', '::'].includes(config.api.bind) ? '127.0.0.1' : config.api.bind;
  const url = `http://${host}:${config.api.port}`;
  return {
    ...nodeProgram('api', 'src/api/main.ts', config),
    readyWithinMs: 60_000,
    async ready(_pid, signal) {
      await answers(`${url}/healthz`, signal);
      await answers(`${url}/readyz`, signal);
    },
  };
}

/** Node keeps here what it made of our sources: a restart need not parse them anew. */
const COMPILED = join(ROOT, 'node_modules', '.cache', 'node');

function nodeProgram(name: string, file: string, config: Config) {
  const args = ['--disable-warning=ExperimentalWarning', join(ROOT, file)];
  return { name, command: process.execPath, args, env: { NODE_COMPILE_CACHE: COMPILED, ...config.childEnv } };
}

/** Resolves once a GET answers 2xx. */
function answers(url: string, signal: AbortSignal): Promise<void> {
  return until(async () => (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok, signal);
}

/** The SDK's identity of a poller is `<process id>@<host>`. */
async function polls(client: Client, pid: number): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  return (pollers ?? []).some(({ identity }) => identity?.startsWith(`${pid}@`));
}

/** Asks again until the answer is yes; a failure counts as no. @throws the signal's reason when it is aborted before */
async function until(question: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (await question().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
