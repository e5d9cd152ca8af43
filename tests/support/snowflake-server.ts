import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SnowflakeConfig } from '../../src/config/config.ts';
import { fakesnowPython } from './fakesnow.ts';

export const USER = 'agentops';
export const PASSWORD = 'password-of-the-test';

/**
 * What the server does wrong `times` times (1): on logins, statements whose text matches, later parts of results, or the ends of
 * statements and sessions.
 */
export type Fault = { on: 'login' | 'query' | 'part' | 'end'; match?: string; times?: number } & (
  | { kind: 'slow'; seconds?: number }
  | { kind: 'drop' }
  | { kind: 'status'; status: number /** The statement has run all the same. */; after?: boolean }
  | { kind: 'refuse'; code: string; message: string; state?: string }
);

/** What is open at the server, and what it was asked. The socket of whoever asks is among `sockets`. */
export interface Observed {
  sessions: number;
  sockets: number;
  running: number;
  logins: { accepted: number; refused: number };
  statements: { sql: string; parameters: Record<string, unknown>; request: string; cancelled: boolean }[];
}

export interface SnowflakeServer {
  url: string;
  /** Logs in with the password. */
  config: SnowflakeConfig;
  /** The private key whose public half the server knows, PKCS #8 PEM. */
  privateKey: string;
  /** Replaces the faults ordered so far. */
  order(...faults: Fault[]): Promise<void>;
  observe(): Promise<Observed>;
  close(): Promise<void>;
}

/** An empty Snowflake of its own: fakesnow behind Snowflake's wire protocol, on a free port of loopback. */
export async function startSnowflakeServer(): Promise<SnowflakeServer> {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const settings = JSON.stringify({ user: USER, password: PASSWORD, public_key: keys.publicKey });
  const script = join(import.meta.dirname, 'snowflake_server.py');
  const child = spawn(await fakesnowPython(), [script, settings], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(([code]) => Promise.reject(new Error(`the Snowflake server ended with ${code}`))),
  ]);
  const url = `http://127.0.0.1:${(JSON.parse(line as string) as { port: number }).port}`;
  const orders = async (init?: RequestInit) =>
    (await (await fetch(`${url}/orders`, { ...init, headers: { connection: 'close' } })).json()) as Observed;
  return {
    url,
    privateKey: keys.privateKey,
    config: {
      account: 'test',
      user: USER,
      password: PASSWORD,
      privateKeyPath: null,
      privateKeyPass: null,
      database: 'AGENTOPS',
      schema: 'PUBLIC',
      warehouse: null,
      role: null,
      url,
    },
    order: async (...faults) => {
      await orders({ method: 'POST', body: JSON.stringify(faults) });
    },
    observe: orders,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
