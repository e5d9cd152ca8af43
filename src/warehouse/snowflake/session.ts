import type { SnowflakeConfig } from '../../config/config.ts';
import type { Statement } from '../dialect.ts';
import { type Row, type Warehouse, WarehouseError } from '../port.ts';
import { createSqlWarehouse } from '../sql-warehouse.ts';
import { snowflakeDialect } from './dialect.ts';
import { sessionIsGone, sessionSurvives, warehouseError } from './error.ts';
import { execute, InterruptedError } from './execute.ts';
import { logIn, logOut } from './login.ts';
import { SnowflakePool } from './pool.ts';

export interface SnowflakeOptions {
  /** Named in the query tag of every statement, beside "agentops". */
  environment: string;
  loginTimeoutMs?: number;
  /** Snowflake itself ends a statement after this long. */
  statementTimeoutMs?: number;
}

/** Statements that may run at once: the monitor's four tools ask side by side, and a person's question beside them. */
const CONNECTIONS = 6;
const IDLE_MS = 5 * 60_000;

/** Statements that do no harm when they run twice. */
const REPEATABLE = /^(SELECT|WITH|MERGE)\s/;

/** SQL in Snowflake, by whoever asks: parameters bound, rows as scalars. */
export interface SnowflakeSession {
  /**
   * Runs one statement and answers its rows; column names in lower case. An abort cancels the statement in Snowflake. Only where
   * a session turns out to have ended is a new one asked. The driver asks again where Snowflake answers 5xx or a part of a result
   * breaks off, within the time there is and under the same request id, which Snowflake runs once. @throws WarehouseError
   */
  run(statement: Statement, signal?: AbortSignal): Promise<Row[]>;
  /** Ends what is running and logs out. */
  close(): Promise<void>;
}

/** Connects when the first statement comes. */
export function createSnowflakeSession(
  config: SnowflakeConfig,
  { environment, loginTimeoutMs = 15_000, statementTimeoutMs = 60_000 }: SnowflakeOptions,
): SnowflakeSession {
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  /** Connections whose session was there: Snowflake ends it some day, and all that are idle may have lost theirs. */
  const known = new WeakSet<object>();
  const settings = { environment, loginTimeoutMs, statementTimeoutMs };
  const limitMs = loginTimeoutMs + statementTimeoutMs;
  const pool = new SnowflakePool({
    size: CONNECTIONS,
    idleMs: IDLE_MS,
    connect: (signal) => logIn(config, settings, signal),
    disconnect: logOut,
  });

  async function onConnection(statement: Statement, signal: AbortSignal): Promise<Row[]> {
    const connection = await pool.acquire(signal);
    try {
      const rows = await execute(connection, statement, settings, signal);
      known.add(connection);
      pool.release(connection);
      return rows;
    } catch (error) {
      if (error instanceof InterruptedError) pool.discard(connection, error.told);
      else if (sessionSurvives(error)) pool.release(connection);
      else pool.discard(connection);
      const again = known.has(connection) && sessionIsGone(error) && REPEATABLE.test(statement.sql);
      if (!again) throw error;
    }
    return onConnection(statement, signal);
  }

  async function run(statement: Statement, asked?: AbortSignal): Promise<Row[]> {
    const limit = AbortSignal.timeout(limitMs);
    const signal = AbortSignal.any([limit, closing.signal, ...(asked ? [asked] : [])]);
    try {
      return await onConnection(statement, signal);
    } catch (error) {
      if (!signal.aborted) throw warehouseError(error, config);
      throw new WarehouseError(
        `Snowflake account ${config.account}: ${
          limit.aborted
            ? `expected an answer within ${limitMs / 1000} s, got none; it is slow, or connections to it break`
            : 'the statement was cancelled, as its caller asked'
        }`,
        { permanent: false },
      );
    }
  }

  return {
    run(statement, signal) {
      const running = run(statement, signal);
      underWay.add(running);
      void running.catch(() => {}).finally(() => underWay.delete(running));
      return running;
    },
    async close() {
      closing.abort();
      await Promise.allSettled(underWay);
      await pool.close();
    },
  };
}

/** The AGENTOPS database in Snowflake. */
export function createSnowflakeWarehouse(config: SnowflakeConfig, options: SnowflakeOptions): Warehouse {
  const session = createSnowflakeSession(config, options);
  return createSqlWarehouse(snowflakeDialect, session.run, session.close);
}
