import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Kind, kindOf } from './kind.ts';

/** A file that cannot be compared; the message names the file, what was expected and what came. */
export class UnreadableFileError extends Error {
  override name = 'UnreadableFileError';
}

/** One file as a relation of DuckDB's. */
export interface OpenFile {
  file: string;
  /** Quoted: goes into SQL as it is. */
  relation: string;
  rows: number;
  /** In the file's order. */
  columns: Map<string, Kind>;
}

/** Cells of a CSV that mean "no value", as pandas reads them; NaN and infinities of numbers are left out later. */
const NO_VALUE = ['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', 'NULL', 'null', 'None', '<NA>'];

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/**
 * Reads CSV and Parquet files with DuckDB, in this process. A CSV is copied into a temporary database on disk, typed by its
 * content; a Parquet file is read where it lies. So memory holds what is worked on: 512 MB of DuckDB's at most.
 */
export class FileReader implements AsyncDisposable {
  readonly connection: DuckDBConnection;
  readonly #instance: DuckDBInstance;
  readonly #directory: string;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, directory: string) {
    this.#instance = instance;
    this.connection = connection;
    this.#directory = directory;
  }

  static async create(): Promise<FileReader> {
    const directory = mkdtempSync(join(tmpdir(), 'agentops-drift-'));
    const instance = await DuckDBInstance.create(join(directory, 'files.duckdb'), {
      memory_limit: '512MB',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return new FileReader(instance, await instance.connect(), directory);
  }

  /**
   * @param relation name to give the relation
   * @throws UnreadableFileError for no file, an empty one, one without rows, and one that is neither CSV nor Parquet
   */
  async open(file: string, relation: string): Promise<OpenFile> {
    const path = text(literal(file));
    if (formatOf(file) === 'parquet') {
      await this.#read(file, `CREATE VIEW ${relation} AS SELECT * FROM read_parquet(${path})`);
    } else {
      const csv = (sample: string) =>
        `CREATE TABLE ${relation} AS SELECT * FROM read_csv(${path}, header = true, ` +
        `nullstr = [${NO_VALUE.map(text).join(', ')}]${sample})`;
      // Types are guessed from the first 20,480 rows; a later value that is none has them guessed from all rows.
      await this.connection.run(csv('')).catch(() => this.#read(file, csv(', sample_size = -1')));
    }
    const described = await this.#read(file, `DESCRIBE ${relation}`);
    const columns = described.map(([name, type]) => [String(name), kindOf(String(type))] as const);
    const [counted] = await this.#read(file, `SELECT count(*) FROM ${relation}`);
    const rows = Number(counted![0]);
    if (rows === 0)
      throw new UnreadableFileError(`${file} has no rows: expected a line of column names, then rows`);
    return { file, relation, rows, columns: new Map(columns) };
  }

  async #read(file: string, sql: string): Promise<unknown[][]> {
    try {
      return (await this.connection.runAndReadAll(sql)).getRows();
    } catch (error) {
      throw new UnreadableFileError(
        `${file} cannot be read as ${formatOf(file) === 'parquet' ? 'Parquet' : 'CSV'}: ${oneLine((error as Error).message)}`,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.closeSync();
    this.#instance.closeSync();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** By content: names lie. @throws UnreadableFileError */
function formatOf(file: string): 'csv' | 'parquet' {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new UnreadableFileError(`${file}: no such file; expected a CSV or Parquet file`);
  if (!stat.isFile()) throw new UnreadableFileError(`${file} is no file: expected a CSV or Parquet file`);
  if (stat.size === 0)
    throw new UnreadableFileError(`${file} is empty: expected a line of column names, then rows`);
  const start = startOf(file);
  if (start.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  if (file.endsWith('.gz') && start[0] === 0x1f && start[1] === 0x8b) return 'csv';
  if (start.includes(0))
    throw new UnreadableFileError(`${file} is neither CSV nor Parquet; export it as one of these`);
  return 'csv';
}

/** The first bytes. @throws UnreadableFileError where it may not be read */
function startOf(file: string): Buffer {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(4_096);
      return bytes.subarray(0, readSync(descriptor, bytes));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new UnreadableFileError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** The path with what DuckDB takes for wildcards made literal. */
function literal(path: string): string {
  return path.replace(/[[*?]/g, '[$&]');
}

/** DuckDB explains at length what could be tried; the first sentences say what is wrong. */
function oneLine(message: string): string {
  const flat = message
    .split(/\n\n|Possible (?:fixes|solutions?):/)[0]!
    .replace(/\s+/g, ' ')
    .trim();
  return flat.length > 300 ? `${flat.slice(0, 299)}…` : flat;
}
