import pg from 'pg';
import { KnowledgeError } from '../port.ts';

/** How long to wait for a connection before saying that Postgres does not answer. */
const CONNECT_MS = 5_000;
const MAX_CONNECTIONS = 8;

/** Runs one statement with `$1`, `$2`… @throws KnowledgeError */
export type Query = <T>(sql: string, values?: readonly unknown[]) => Promise<T[]>;

export interface PostgresClient {
  query: Query;
  /** All or nothing, on one connection. Rolled back and thrown on when `work` throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A pool of connections whose errors name host and database and never the password. @throws KnowledgeError for a bad URL */
export function createPostgresClient(url: string): PostgresClient {
  const address = addressOf(url);
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'agentops',
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
  });
  // An idle connection that the server ends: the next statement opens another, and says so if it cannot.
  pool.on('error', () => {});

  const failed = (error: unknown) => {
    if (error instanceof KnowledgeError) return error;
    const { message, code } = error as Error & { code?: string };
    const said = address.secrets.reduce(
      (text, secret) => text.replaceAll(secret, '***'),
      message || code || 'no answer',
    );
    return new KnowledgeError(`Postgres at ${address.shown}: ${said}`);
  };
  const queryOn =
    (client: pg.Pool | pg.PoolClient): Query =>
    async <T>(sql: string, values: readonly unknown[] = []) => {
      try {
        return (await client.query(sql, [...values])).rows as T[];
      } catch (error) {
        throw failed(error);
      }
    };

  return {
    query: queryOn(pool),
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw failed(error);
      });
      const query = queryOn(client);
      try {
        await query('begin');
        const result = await work(query);
        await query('commit');
        client.release();
        return result;
      } catch (error) {
        await query('rollback').then(
          () => client.release(),
          // Not even that: the connection is of no use to anyone.
          () => client.release(true),
        );
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

function addressOf(url: string): { shown: string; secrets: string[] } {
  try {
    const { host, pathname, password } = new URL(url);
    return { shown: `${host}${pathname}`, secrets: [password, decodeURIComponent(password)].filter(Boolean) };
  } catch {
    // What was thrown quotes the URL, and with it the password.
    throw new KnowledgeError(
      'AGENTOPS_KNOWLEDGE_URL is no URL; expected postgres://user:password@host:5432/database, with special characters of the password percent-encoded',
    );
  }
}
