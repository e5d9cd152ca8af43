import { rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { Clockwork } from './clockwork.ts';
import { Database } from './database.ts';
import { createApp } from './http/app.ts';
import { Mirror } from './mirror/mirror.ts';
import type { Target } from './mirror/target.ts';
import { ModelDatabase } from './model-database.ts';
import { MODELS } from './models.ts';
import { seedDatabase } from './seed/seed.ts';
import { FORMAT } from './state.ts';
import { Trainer } from './training.ts';

export interface SandboxOptions {
  /** 0 for any free port. */
  port: number;
  /** Where `warehouse.duckdb` is kept; `:memory:` for nowhere. */
  dataDir: string;
  seed: number;
  /** What `/sql` asks for. */
  token: string;
  now?: () => number;
  /** Rows per second of the classifier at the week's average; default 25. Of a seeded database its own level stays. */
  trafficPerSecond?: number;
  /** Time until a label is known; default 30 s. */
  labelDelayMs?: number;
  /** Least time between two steps of a training job, so that progress can be watched; default 200 ms. */
  trainingPaceMs?: number;
  /** False: the world stands still but for `tick()`. */
  ticking?: boolean;
  /** The Snowflake that shows this world, once it was loaded there; closed with the sandbox. */
  snowflake?: Target | null;
  log?: Logger;
}

export interface Sandbox {
  url: string;
  /** Brings the world up to the present. */
  tick(): Promise<void>;
  /** Stops everything; the database can be opened again. */
  close(): Promise<void>;
}

/** Binds to loopback, and says in one line what to do when the port is taken. */
async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} on 127.0.0.1 is taken; stop what uses it or set AGENTOPS_SANDBOX_PORT`)
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Where a data directory's database is. */
export function databaseFile(dataDir: string): string {
  return dataDir === ':memory:' ? dataDir : join(dataDir, 'warehouse.duckdb');
}

/**
 * Opens the database and seeds it unless that was done to the end before, in the present format; `afresh` in any case.
 * @throws Error when another process has it open
 */
export async function openSeeded(
  options: Pick<SandboxOptions, 'dataDir' | 'seed' | 'trafficPerSecond' | 'labelDelayMs'>,
  now: () => number,
  log: Logger,
  afresh = false,
): Promise<Database> {
  const file = databaseFile(options.dataDir);
  let database = await Database.open(file);
  if (!afresh && database.document('format') === FORMAT) return database;
  if (file !== ':memory:') {
    await database.close();
    for (const part of [file, `${file}.wal`]) rmSync(part, { force: true });
    database = await Database.open(file);
  }
  const begun = performance.now();
  await seedDatabase(database, {
    seed: options.seed,
    base: options.trafficPerSecond ?? 25,
    labelDelayMs: options.labelDelayMs ?? 30_000,
    now: now(),
  });
  log.info({ ms: Math.round(performance.now() - begun) }, 'seeded two weeks of history');
  return database;
}

/** An answer waits this long for the warehouse to show what it says. */
const PUBLISHED_WITHIN_MS = 30_000;

function startMirror(database: Database, target: Target | null, log: Logger): Mirror | null {
  if (!target) return null;
  if (!Mirror.isLoaded(database, target)) {
    log.warn(
      `Snowflake ${target.name} does not show this world: stop, run "agentops seed", which loads it there, and start again`,
    );
    return null;
  }
  const mirror = new Mirror(database, target, log);
  mirror.start();
  return mirror;
}

const starting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
  const detail = 'the sandbox is opening its database; try again in a second';
  response.end(JSON.stringify({ type: 'about:blank', title: 'Starting', status: 503, detail }));
};

/**
 * Starts the outside world: the warehouse, the model platform, and the traffic between them. Ready when it resolves; until
 * then requests are answered 503. @throws Error in one line when the port is taken or the database is in use
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const now = options.now ?? Date.now;
  const log = options.log ?? pino({ level: 'silent' });
  let handler: RequestListener = starting;
  const server = createServer((request, response) => handler(request, response));
  const url = await listen(server, options.port);
  let database: Database;
  try {
    database = await openSeeded(options, now, log);
  } catch (error) {
    server.close();
    throw error;
  }
  const models = MODELS.map((spec) => {
    const model = new ModelDatabase(database, spec);
    return { database: model, trainer: new Trainer(model, now, log, options.trainingPaceMs ?? 200) };
  });
  const clockwork = new Clockwork(database, now, log);
  const mirror = startMirror(database, options.snowflake ?? null, log);
  const published = async () => void (await mirror?.caughtUp(PUBLISHED_WITHIN_MS));
  handler = createApp({ database, models, now, log, token: options.token, published });
  for (const { trainer } of models) trainer.resume();
  await clockwork.tick();
  if (options.ticking !== false) clockwork.start();
  return {
    url,
    tick: () => clockwork.tick(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await clockwork.close();
      for (const { trainer } of models) await trainer.close();
      await closed;
      await mirror?.close();
      await options.snowflake?.close();
      await database.close();
    },
  };
}
