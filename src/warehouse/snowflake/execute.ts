import type { Column, Connection, RowStatement } from 'snowflake-sdk';
import type { Statement } from '../dialect.ts';
import { type Row, type Scalar, WarehouseError } from '../port.ts';

/** A value of the driver as the port has it: UTC times as ISO 8601, no NaN and no infinity, as from DuckDB. */
function scalar(value: unknown, column: Column): Scalar {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  // The driver's toJSON of a time is text in the session's output format.
  if (value instanceof Date) return new Date(value.getTime()).toISOString();
  throw new WarehouseError(
    `expected text, numbers, booleans and times in a row, got a ${column.getType()} in ${column.getName()}; select it as text`,
    { permanent: true },
  );
}

/** A cancelled statement's own answer is waited for so long, in a session that is still there. */
const GRACE_MS = 2_000;

/** An aborted statement: the signal's reason, and when the statement has ended in Snowflake, or should have. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
  readonly told: Promise<void>;
  constructor(signal: AbortSignal, told: Promise<void>) {
    super('the statement was interrupted', { cause: signal.reason });
    this.told = told;
  }
}

export interface ExecuteSettings {
  /** Snowflake itself ends a statement after this long, in its queue too. */
  statementTimeoutMs: number;
}

/**
 * Parameters of the session, sent along with each statement and good for it alone: with ALTER SESSION every login would take a
 * round trip more. Times are ISO 8601, and UTC without a zone, whatever the account's default; a statement that nobody waits for ends.
 */
function parametersOf({ statementTimeoutMs }: ExecuteSettings): Record<string, string | number> {
  const seconds = Math.ceil(statementTimeoutMs / 1000);
  return {
    TIMEZONE: 'UTC',
    TIMESTAMP_INPUT_FORMAT: 'AUTO',
    STATEMENT_TIMEOUT_IN_SECONDS: seconds,
    STATEMENT_QUEUED_TIMEOUT_IN_SECONDS: seconds,
  };
}

/**
 * Runs one statement with bound parameters; rows are taken from the driver's stream one by one as parts of the result arrive.
 * Columns have their names in lower case. An abort rejects at once, and cancels the statement in Snowflake too.
 * @throws InterruptedError, WarehouseError for a value that the port does not know, else the driver's errors
 */
export async function execute(
  connection: Connection,
  { sql, params }: Statement,
  settings: ExecuteSettings,
  signal: AbortSignal,
): Promise<Row[]> {
  const statement = await answered(connection, sql, params, settings, signal);
  const columns = statement.getColumns() ?? [];
  const names = columns.map((column) => column.getName().toLowerCase());
  const stream = statement.streamRows();
  const stop = () => stream.destroy(new InterruptedError(signal, Promise.resolve()));
  signal.addEventListener('abort', stop, { once: true });
  try {
    const rows: Row[] = [];
    for await (const values of stream as AsyncIterable<unknown[]>) {
      rows.push(Object.fromEntries(names.map((name, i) => [name, scalar(values[i], columns[i]!)])));
    }
    return rows;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves when the first part of the result is there. */
function answered(
  connection: Connection,
  sqlText: string,
  binds: Scalar[],
  settings: ExecuteSettings,
  signal: AbortSignal,
): Promise<RowStatement> {
  const { promise: completed, resolve: complete } = Promise.withResolvers<void>();
  return new Promise((resolve, reject) => {
    const stop = () => {
      const told = new Promise<void>((done) => {
        setTimeout(done, GRACE_MS).unref();
        statement.cancel(() => void completed.then(done));
      });
      reject(new InterruptedError(signal, told));
    };
    const statement = connection.execute({
      sqlText,
      binds,
      parameters: parametersOf(settings),
      streamResult: true,
      complete: (error, result) => {
        signal.removeEventListener('abort', stop);
        complete();
        if (error) reject(error);
        else resolve(result);
      },
    });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
}
