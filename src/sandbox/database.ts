import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { COUNTING } from '../warehouse/duckdb/counts.ts';
import type { Row, Scalar } from '../warehouse/port.ts';
import { type Change, MIRROR, type MirrorState, owe } from './mirror/owed.ts';

/** The sandbox's own state lives beside the warehouse tables, in this schema; `/sql` does not reach it. */
export const INTERNAL_SCHEMA = 'sandbox';

const INTERNAL_TABLES = `
CREATE SCHEMA IF NOT EXISTS ${INTERNAL_SCHEMA};
CREATE TABLE IF NOT EXISTS ${INTERNAL_SCHEMA}.documents (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS ${INTERNAL_SCHEMA}.labels_due (prediction_id VARCHAR, timestamp TIMESTAMP, label INTEGER, due TIMESTAMP, model VARCHAR);
`;

/** A value as JSON knows it: timestamps as ISO 8601 UTC text, whole numbers as numbers, NaN as null. */
export function toScalar(value: DuckDBValue): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof DuckDBTimestampValue) return new Date(Number(value.micros / 1000n)).toISOString();
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  return String(value);
}

/** Runs a statement and answers its rows as scalars. */
export async function runOn(
  connection: DuckDBConnection,
  sql: string,
  params: Scalar[] = [],
): Promise<Row[]> {
  const result = await connection.runAndReadAll(sql, params);
  const names = result.columnNames();
  return result
    .getRows()
    .map((row) => Object.fromEntries(row.map((value, i) => [names[i]!, toScalar(value)])));
}

const millisOf = (value: DuckDBValue) => Number((value as DuckDBTimestampValue).micros / 1000n);

function changeOf(table: string, times: readonly number[]): Change {
  let [from, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of times) {
    from = Math.min(from, time);
    last = Math.max(last, time);
  }
  return { table, from, to: last + 1 };
}

/** What may be done inside `Database.write`: all of it takes effect, or none. */
export interface Transaction {
  run(sql: string, params?: Scalar[]): Promise<Row[]>;
  /** Runs a statement that updates or deletes rows of a warehouse table, none but those of the change. */
  change(change: Change, sql: string, params?: Scalar[]): Promise<void>;
  /** Adds rows, given by column, to a table; a warehouse table's first column is the time. At most 2048 rows a call. */
  append(table: string, types: readonly DuckDBType[], columns: DuckDBValue[][]): Promise<void>;
  /** Adds a few rows to a warehouse table; timestamps as ISO text, the first column is the time. */
  insert(table: string, rows: readonly Scalar[][]): Promise<void>;
  document<T>(name: string): T | undefined;
  put(name: string, value: unknown): Promise<void>;
}

/**
 * The DuckDB file: one process owns it. Reads run side by side; writes run one after the other, each a transaction.
 * Small state is kept as named JSON documents, which are also held in memory.
 */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #documents = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(instance: DuckDBInstance, writer: DuckDBConnection) {
    this.#instance = instance;
    this.#writer = writer;
  }

  /** Opens or creates the file (`:memory:` for none). @throws Error when another process has it open. */
  static async open(file: string): Promise<Database> {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    const instance = await DuckDBInstance.create(file, {
      threads: '2',
      memory_limit: '1GB',
      ...COUNTING,
      enable_external_access: 'false',
      autoinstall_known_extensions: 'false',
      lock_configuration: 'true',
    });
    const database = new Database(instance, await instance.connect());
    await database.#writer.run(INTERNAL_TABLES);
    for (const row of await runOn(database.#writer, `SELECT name, value FROM ${INTERNAL_SCHEMA}.documents`)) {
      database.#documents.set(row.name as string, row.value as string);
    }
    return database;
  }

  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect();
  }

  async read(sql: string, params: Scalar[] = []): Promise<Row[]> {
    const connection = await this.connect();
    try {
      return await runOn(connection, sql, params);
    } finally {
      connection.closeSync();
    }
  }

  document<T>(name: string): T | undefined {
    const text = this.#documents.get(name);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  /** Documents whose name starts with `prefix`, in order of name. */
  documents<T>(prefix: string): T[] {
    const names = [...this.#documents.keys()].filter((name) => name.startsWith(prefix)).sort();
    return names.map((name) => this.document<T>(name)!);
  }

  /** Runs `work` in a transaction of its own, after all earlier writes. A throw undoes everything. */
  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#transact(work));
    this.#last = result.catch(() => {});
    return result;
  }

  async #transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const staged = new Map<string, string>();
    const changes: Change[] = [];
    const run = (sql: string, params?: Scalar[]) => runOn(this.#writer, sql, params);
    const document = <D>(name: string) =>
      staged.has(name) ? (JSON.parse(staged.get(name)!) as D) : this.document<D>(name);
    const put = async (name: string, value: unknown) => {
      const text = JSON.stringify(value);
      await run(
        `INSERT INTO ${INTERNAL_SCHEMA}.documents VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        [name, text],
      );
      staged.set(name, text);
    };
    await run('BEGIN');
    try {
      const result = await work({
        run,
        document,
        put,
        change: async (change, sql, params) => {
          await run(sql, params);
          changes.push(change);
        },
        append: async (table, types, columns) => {
          const rows = columns[0]?.length ?? 0;
          if (rows === 0) return;
          const [schema, name] = table.includes('.') ? table.split('.') : ['main', table];
          const appender = await this.#writer.createAppender(name!, schema!);
          const chunk = DuckDBDataChunk.create(types, rows);
          chunk.setColumns(columns);
          appender.appendDataChunk(chunk);
          appender.closeSync();
          if (schema === 'main') changes.push(changeOf(name!, columns[0]!.map(millisOf)));
        },
        insert: async (table, rows) => {
          if (rows.length === 0) return;
          const marks = `(${rows[0]!.map(() => '?').join(', ')})`;
          await run(`INSERT INTO ${table} VALUES ${rows.map(() => marks).join(', ')}`, rows.flat());
          changes.push(
            changeOf(
              table,
              rows.map(([time]) => Date.parse(time as string)),
            ),
          );
        },
      });
      // What has to be copied elsewhere is noted in the very transaction that changed it.
      const mirror = document<MirrorState>(MIRROR);
      if (mirror && changes.length > 0) await put(MIRROR, owe(mirror, changes));
      await run('COMMIT');
      for (const [name, text] of staged) this.#documents.set(name, text);
      return result;
    } catch (error) {
      await run('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  /** Writes everything from the log into the file, so that the next start is quick. */
  async checkpoint(): Promise<void> {
    await this.#last;
    await this.#writer.run('CHECKPOINT');
  }

  async close(): Promise<void> {
    await this.#last;
    this.#writer.closeSync();
    this.#instance.closeSync();
  }
}
