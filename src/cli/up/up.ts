import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../../temporal/connection.ts';
import { type Config, readConfig, readPolicy } from '../../config/config.ts';
import { findBinary } from '../../install/binaries.ts';
import { Child, type ChildSpec } from './child.ts';
import { ChildLog } from './child-log.ts';
import { UpError } from './error.ts';
import { isAlive, takeLock } from './lock.ts';
import { claimPorts, type WantedPort } from './ports.ts';
import { apiSpec, sandboxSpec, temporalSpec, workerSpec } from './specs.ts';

export interface UpOptions {
  /** Takes one line for people; default: stderr. */
  log?(line: string): void;
  /** Over the configuration's own variables, for all processes: `{ AGENTOPS_WATCH: '20s' }`. */
  extraEnv?: Record<string, string>;
}

export interface Running {
  /** In force: ports given as 0 are the real ones here. */
  config: Config;
  urls: { api: string; temporalWeb: string; sandbox: string | null };
  /** Name to process id, of those that are up now. */
  processes(): Record<string, number>;
  /** Stops all that was started, last first. Idempotent. */
  stop(): Promise<void>;
  /** Resolves when all is stopped, with the signal that asked for it, or null after `stop()`. */
  stopped: Promise<NodeJS.Signals | null>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Starts Temporal (unless a cluster is configured), the sandbox (unless turned off), the worker and the API, waits until
 * each is ready, and keeps them running until SIGINT, SIGTERM, SIGHUP or `stop()`. None outlives this process.
 * `<dataDir>/processes.json` has their ids, `<dataDir>/logs/<name>.log` what they print.
 * @throws UpError, ConfigError or BinaryError, each one line; whatever was started is stopped by then
 */
export async function up(given: Config, options: UpOptions = {}): Promise<Running> {
  const { log = (line) => process.stderr.write(`${line}\n`), extraEnv = {} } = options;
  const base = {
    ...given.childEnv,
    AGENTOPS_DIR: given.dataDir,
    AGENTOPS_POLICY: given.policyFile,
    ...extraEnv,
  };
  const wanted = readConfig(base);
  readPolicy(wanted);
  await mkdir(wanted.dataDir, { recursive: true });
  const lock = takeLock(wanted.dataDir);
  try {
    await leftoversGone(wanted.dataDir);
    const config = readConfig({ ...base, ...(await claimPorts(portsOf(wanted))) });
    return await start(config, log, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(config: Config, log: (line: string) => void, release: () => void): Promise<Running> {
  const binary = config.temporal.own ? (await findBinary('temporal', config, log)).path : null;
  // Our own server is not up yet; a cluster that is configured must be.
  const { connection, client } = await connect(config, { lazy: config.temporal.own });
  const children: Child[] = [];
  let stopping: Promise<void> | null = null;
  const processes = () =>
    Object.fromEntries(children.flatMap(({ spec, pid }) => (pid ? [[spec.name, pid] as const] : [])));
  const file = join(config.dataDir, 'processes.json');
  const onChange = () => {
    writeFileSync(`${file}.new`, JSON.stringify(processes()));
    renameSync(`${file}.new`, file);
  };

  function supervise(spec: ChildSpec): Child {
    if (stopping) throw new UpError('stopped before everything was ready');
    const logFile = join(config.dataDir, 'logs', `${spec.name}.log`);
    const output = new ChildLog(logFile, (line) => log(`${spec.name}: ${line}`));
    const child = new Child(spec, { log, output, onChange });
    children.push(child);
    return child;
  }

  const stopped = Promise.withResolvers<NodeJS.Signals | null>();
  function stop(signal: NodeJS.Signals | null = null): Promise<void> {
    stopping ??= (async () => {
      for (const child of children.toReversed()) await child.stop();
      for (const name of SIGNALS) process.off(name, onSignal);
      process.off('exit', onExit);
      await connection.close();
      rmSync(file, { force: true });
      release();
      stopped.resolve(signal);
    })();
    return stopping;
  }
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) for (const child of children) child.killNow();
    else log('stopping … (again to stop at once)');
    void stop(signal);
  };
  const onExit = () => {
    for (const child of children) child.killNow();
    release();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  process.on('exit', onExit);

  try {
    const outside = [
      ...(binary ? [temporalSpec(config, binary, client)] : []),
      ...(config.sandbox.enabled ? [sandboxSpec(config)] : []),
    ];
    const story = config.sandbox.enabled
      ? ' (the first time with 14 days of history and two trained models)'
      : '';
    if (outside.length > 0) log(`starting ${outside.map(({ name }) => name).join(' and ')}${story}`);
    await Promise.all(outside.map((spec) => supervise(spec).start()));
    log('starting worker and api');
    // One after the other: both bring the store's tables up to date.
    await supervise(workerSpec(config, client)).start();
    await supervise(apiSpec(config)).start();
  } catch (error) {
    const interrupted = stopping !== null;
    await stop();
    throw interrupted ? new UpError('stopped before everything was ready') : error;
  }
  const urls = {
    api: config.api.publicUrl,
    temporalWeb: config.temporal.uiUrl,
    sandbox: config.sandbox.enabled ? config.sandbox.url : null,
  };
  return { config, urls, processes, stop: () => stop(), stopped: stopped.promise };
}

/** The ports that our processes listen on. */
export function portsOf(config: Config): WantedPort[] {
  const local = (variable: string, port: number) => ({ variable, host: '127.0.0.1', port });
  return [
    { variable: 'AGENTOPS_PORT', host: config.api.bind, port: config.api.port },
    ...(config.sandbox.enabled ? [local('AGENTOPS_SANDBOX_PORT', config.sandbox.port)] : []),
    ...(config.temporal.own
      ? [
          local('AGENTOPS_TEMPORAL_PORT', config.temporal.port),
          local('AGENTOPS_TEMPORAL_UI_PORT', config.temporal.uiPort),
        ]
      : []),
  ];
}

/** A supervisor that was killed leaves processes that end a few seconds later: waits for that, at most 10 s. */
async function leftoversGone(dataDir: string): Promise<void> {
  const text = await readFile(join(dataDir, 'processes.json'), 'utf8').catch(() => '{}');
  const pids: number[] = Object.values(JSON.parse(text));
  const deadline = Date.now() + 10_000;
  while (pids.some(isAlive) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 100));
}
