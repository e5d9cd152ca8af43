import type { SnowflakeConfig } from '../../config/config.ts';
import type { Statement } from '../../warehouse/dialect.ts';
import type { Row } from '../../warehouse/port.ts';
import { warehouseError } from '../../warehouse/snowflake/error.ts';
import { execute, InterruptedError } from '../../warehouse/snowflake/execute.ts';
import { logIn, logOut } from '../../warehouse/snowflake/login.ts';

type Run = (statement: Statement) => Promise<Row[]>;

/** A Snowflake to copy into. Rejects with WarehouseError. */
export interface Target {
  /** Account, database and schema. */
  readonly name: string;
  run: Run;
  /** All statements of `work` take effect at once, or none. */
  transaction<T>(work: (run: Run) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

const LOGIN_TIMEOUT_MS = 20_000;
const STATEMENT_TIMEOUT_MS = 120_000;

/** One connection, as a transaction belongs to its session: opened when it is needed, and left after an error. */
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

  async function connected<T>(work: (run: Run) => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      connection ??= await logIn(config, settings, signal);
      const open = connection;
      const limited = () => AbortSignal.any([signal, AbortSignal.timeout(STATEMENT_TIMEOUT_MS)]);
      return await work((statement) => execute(open, statement, settings, limited()));
    } catch (error) {
      if (error instanceof InterruptedError) await error.told;
      // With the session Snowflake takes back its transaction.
      await leave();
      throw warehouseError(error, config);
    }
  }

  return {
    name: [config.account, config.database, config.schema].join('/').toLowerCase(),
    run: (statement) => connected((run) => run(statement), AbortSignal.timeout(STATEMENT_TIMEOUT_MS)),
    transaction: (work, signal = new AbortController().signal) =>
      connected(async (run) => {
        await run({ sql: 'BEGIN TRANSACTION', params: [] });
        const result = await work(run);
        await run({ sql: 'COMMIT', params: [] });
        return result;
      }, signal),
    close: leave,
  };
}
