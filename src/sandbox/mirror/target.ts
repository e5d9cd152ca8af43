import type { SnowflakeConfig } from '../../config/config.ts';
import type { Row } from '../../warehouse/port.ts';
import { sessionSurvives, warehouseError } from '../../warehouse/snowflake-error.ts';
import { execute } from '../../warehouse/snowflake-execute.ts';
import { logIn, logOut } from '../../warehouse/snowflake-login.ts';
import type { Statement } from '../../warehouse/statements.ts';

type Run = (statement: Statement) => Promise<Row[]>;

/** A Snowflake to copy into. Rejects with WarehouseError. */
export interface Target {
  /** Account, database and schema. */
  readonly name: string;
  run(statement: Statement): Promise<Row[]>;
  /** All statements of `work` take effect at once, or none. */
  transaction<T>(work: (run: Run) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

const LOGIN_TIMEOUT_MS = 20_000;
const STATEMENT_TIMEOUT_MS = 120_000;
const ROLLBACK_TIMEOUT_MS = 10_000;

/** One connection, opened when it is first needed and again after it broke: a transaction belongs to its session. */
export function openTarget(config: SnowflakeConfig, environment: string): Target {
  const settings = {
    environment,
    loginTimeoutMs: LOGIN_TIMEOUT_MS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  };
  let connection: Awaited<ReturnType<typeof logIn>> | null = null;

  async function leave(): Promise<void> {
    const left = connection;
    connection = null;
    if (left) await logOut(left);
  }

  async function on<T>(work: (run: Run) => Promise<T>, signal: AbortSignal): Promise<T> {
    connection ??= await logIn(config, settings, signal);
    const open = connection;
    return await work((statement) => execute(open, statement, signal));
  }

  return {
    name: [config.account, config.database, config.schema].join('/').toLowerCase(),
    async run(statement) {
      try {
        return await on((run) => run(statement), AbortSignal.timeout(STATEMENT_TIMEOUT_MS));
      } catch (error) {
        if (!sessionSurvives(error)) await leave();
        throw warehouseError(error, config);
      }
    },
    async transaction(work, signal = new AbortController().signal) {
      try {
        return await on(async (run) => {
          await run({ sql: 'BEGIN TRANSACTION', params: [] });
          const result = await work(run);
          await run({ sql: 'COMMIT', params: [] });
          return result;
        }, signal);
      } catch (error) {
        const rollback = { sql: 'ROLLBACK', params: [] };
        // Without it the transaction would keep its locks until Snowflake finds that nobody is there.
        if (connection)
          await execute(connection, rollback, AbortSignal.timeout(ROLLBACK_TIMEOUT_MS)).catch(leave);
        throw warehouseError(error, config);
      }
    },
    close: leave,
  };
}
