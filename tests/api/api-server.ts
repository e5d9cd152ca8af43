import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import pino from 'pino';
import { createApi } from '../../src/api/app.ts';
import { createPollWatch } from '../../src/api/poll-watch.ts';
import { readConfig } from '../../src/config/config.ts';
import { createOutbox } from '../../src/connectors/outbox.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import { createIntake } from '../../src/intake/deliver.ts';
import type { Knowledge } from '../../src/knowledge/port.ts';
import { createKnowledge } from '../../src/knowledge/sqlite/index.ts';
import { SCOPES, type Scope } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';

/** What the API did to Temporal, and how Temporal answers; each test overrides what it is about. */
export class FakeTemporal {
  readonly calls: { what: string; workflowId: string; name: string; args: unknown; id?: string }[] = [];
  update: (args: unknown) => Promise<unknown> = async () => ({ outcome: 'accepted', message: 'accepted' });
  signal: () => Promise<void> = async () => {};
  query: () => Promise<unknown> = async () => null;
  describe: () => Promise<unknown> = async () => ({});
  signalWithStart: () => Promise<void> = async () => {};
  start: () => Promise<void> = async () => {};
  schedule: () => Promise<unknown> = async () => ({});
  describeWorkflow: () => Promise<unknown> = async () => ({ status: { name: 'RUNNING' } });

  get client(): Client {
    const note = (what: string, workflowId: string, name: string, args: unknown, id?: string) =>
      this.calls.push({ what, workflowId, name, args, ...(id && { id }) });
    return {
      options: { namespace: 'default' },
      withDeadline: <T>(_at: number, work: () => Promise<T>) => work(),
      schedule: { getHandle: () => ({ describe: () => this.schedule() }) },
      workflowService: { describeNamespace: () => this.describe() },
      workflow: {
        signalWithStart: async (_type: string, start: { workflowId: string; signalArgs: unknown[] }) => {
          note('signalWithStart', start.workflowId, 'alert', start.signalArgs[0]);
          await this.signalWithStart();
        },
        start: async (type: string, start: { workflowId: string; args: unknown[] }) => {
          note('start', start.workflowId, type, start.args[0]);
          await this.start();
          return { workflowId: start.workflowId, firstExecutionRunId: 'run-1' };
        },
        getHandle: (workflowId: string) => ({
          describe: () => this.describeWorkflow(),
          executeUpdate: async (
            { name }: { name: string },
            { args, updateId }: { args: [unknown]; updateId: string },
          ) => {
            note('update', workflowId, name, args[0], updateId);
            return await this.update(args[0]);
          },
          signal: async ({ name }: { name: string }, args: unknown) => {
            note('signal', workflowId, name, args);
            await this.signal();
          },
          query: async ({ name }: { name: string }) => {
            note('query', workflowId, name, null);
            return await this.query();
          },
        }),
      },
    } as unknown as Client;
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects in it
  body: any;
}

/** The API over real HTTP on a real store in a new directory; only Temporal is played, unless a client is given. */
export async function startApi(
  options: {
    client?: Client;
    knowledge?: Knowledge;
    env?: Record<string, string>;
    components?: string[];
  } = {},
) {
  const dir = mkdtempSync(join(tmpdir(), 'agentops-api-'));
  const config = readConfig({ AGENTOPS_DIR: dir, AGENTOPS_ENVIRONMENT: 'test', ...options.env });
  const store = openSqliteStore(join(dir, 'agentops.db'));
  const temporal = new FakeTemporal();
  const client = options.client ?? temporal.client;
  const intake = createIntake({
    client,
    environment: 'test',
    taskQueue: 'agentops',
    attributesUsable: false,
  });
  const clock = { now: new Date('2026-02-28T14:40:00Z') };
  const names = options.components ?? ['classifier'];
  const components = Object.fromEntries(names.map((name) => [name, { model: name }]));
  const policy = {
    value: Policy.parse({ components }),
    problemText: null as string | null,
    current: () => policy.value,
    problem: () => policy.problemText,
  };
  const watch = createPollWatch({
    client,
    store,
    connectors: createOutbox(store, () => clock.now),
    policy,
    environment: 'test',
    publicUrl: config.api.publicUrl,
    log: pino({ level: 'silent' }),
    now: () => clock.now,
  });
  const knowledge = options.knowledge ?? createKnowledge(':memory:');
  const app = createApi({
    store,
    intake,
    knowledge,
    client,
    config,
    policy,
    watch,
    version: '0.0.0-test',
    log: pino({ level: 'silent' }),
    now: () => clock.now,
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokenOf = async (name: string, scopes: Scope[]) =>
    (await store.addToken(name, scopes, clock.now)).secret;
  const ana = await tokenOf('ana', [...SCOPES]);

  /** One request as Ana, or as given; a string is sent as it is. */
  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${ana}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null };
  }

  /** Breaks every connection; new ones are served. */
  const drop = () => server.closeAllConnections();

  async function close(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    knowledge.close();
    store.close();
  }
  return { dir, url, policy, watch, store, knowledge, temporal, clock, config, tokenOf, call, drop, close };
}
export type TestApi = Awaited<ReturnType<typeof startApi>>;
