import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Kind, kindOf } from './kind.ts';
import { Scratch } from './scratch.ts';

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

/** Cells of a CSV that mean "no value": those of pandas, and infinities, which would make text of a column of numbers. */
const NO_VALUE = [
  ...['', 'NA', 'N/A', 'n/a', '#N/A', '#NA', '<NA>', 'NaN', 'nan', '-nan', 'NULL', 'null', 'None'],
  ...['inf', 'Inf', 'INF', 'Infinity', 'infinity'].flatMap((word) => [word, `+${word}`, `-${word}`]),
];

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/**
 * Reads CSV and Parquet files with DuckDB, in this process. A CSV is copied into a temporary database on disk, typed by its
 * content; a Parquet file is read where it lies. So memory holds what is worked on: 512 MB of DuckDB's at most.
 */
export class FileReader implements AsyncDisposable {
  readonly connection: DuckDBConnection;
  readonly #instance: DuckDBInstance;
  readonly #scratch: Scratch;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, scratch: Scratch) {
    this.#instance = instance;
    this.connection = connection;
    this.#scratch = scratch;
  }

  static async create(): Promise<FileReader> {
    const scratch = new Scratch('agentops-drift-');
    const instance = await DuckDBInstance.create(join(scratch.path, 'files.duckdb'), {
      memory_limit: '512MB',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return new FileReader(instance, await instance.connect(), scratch);
  }

  /**
   * @param relation name to give the relation
   * @throws UnreadableFileError for no file, an empty one, one without rows, and one that is neither CSV nor Parquet
   */
  async open(file: string, relation: string): Promise<OpenFile> {
    const path = text(literal(file));
    const { format, start } = formatOf(file);
    if (format === 'parquet') {
      await this.#read(file, `CREATE VIEW ${relation} AS SELECT * FROM read_parquet(${path})`, format);
    } else {
      const delimiter = delimiterOf(start);
      // Of what DuckDB would guess only types are left to it: it takes lines for a preamble or comments, and drops them unsaid.
      const csv = (sample: string) =>
        `CREATE TABLE ${relation} AS SELECT * FROM read_csv(${path}, header = true, skip = 0, comment = '', ` +
        `delim = ${text(delimiter)}, decimal_separator = '${decimalOf(start, delimiter)}', quote = '"', escape = '"', ` +
        `nullstr = [${NO_VALUE.map(text).join(', ')}]${sample})`;
      // Types are guessed from the first 20,480 rows; a later value that is none has them guessed from all rows.
      await this.connection.run(csv('')).catch(() => this.#read(file, csv(', sample_size = -1'), format));
    }
    const described = await this.#read(file, `DESCRIBE ${relation}`, format);
    const columns = described.map(([name, type]) => [String(name), kindOf(String(type))] as const);
    const [counted] = await this.#read(file, `SELECT count(*) FROM ${relation}`, format);
    const rows = Number(counted![0]);
    if (rows === 0)
      throw new UnreadableFileError(`${file} has no rows: expected a line of column names, then rows`);
    return { file, relation, rows, columns: new Map(columns) };
  }

  async #read(file: string, sql: string, format: Format): Promise<unknown[][]> {
    try {
      return (await this.connection.runAndReadAll(sql)).getRows();
    } catch (error) {
      throw new UnreadableFileError(
        `${file} cannot be read as ${format === 'parquet' ? 'Parquet' : 'CSV'}: ${oneLine((error as Error).message)}`,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.closeSync();
    this.#instance.closeSync();
    this.#scratch[Symbol.dispose]();
  }
}

type Format = 'csv' | 'parquet';

/** By content: names lie. With its first bytes, as text. @throws UnreadableFileError */
function formatOf(file: string): { format: Format; start: string } {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new UnreadableFileError(`${file}: no such file; expected a CSV or Parquet file`);
  if (!stat.isFile()) throw new UnreadableFileError(`${file} is no file: expected a CSV or Parquet file`);
  if (stat.size === 0)
    throw new UnreadableFileError(`${file} is empty: expected a line of column names, then rows`);
  const bytes = startOf(file);
  if (bytes.subarray(0, 4).toString('latin1') === 'PAR1') return { format: 'parquet', start: '' };
  const zipped = file.endsWith('.gz') && bytes[0] === 0x1f && bytes[1] === 0x8b;
  const start = zipped ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes;
  if (['fffe', 'feff'].includes(start.subarray(0, 2).toString('hex')))
    throw new UnreadableFileError(`${file} is UTF-16; save it as UTF-8`);
  if (start.includes(0))
    throw new UnreadableFileError(`${file} is neither CSV nor Parquet; export it as one of these`);
  return { format: 'csv', start: start.toString() };
}

/** What most often stands between the names of the first line. */
function delimiterOf(start: string): string {
  const names = start.replace(/"(?:[^"]|"")*"/g, '').split(/[\r\n]/)[0]!;
  const count = (delimiter: string) => names.split(delimiter).length;
  return [',', ';', '\t', '|'].reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** As some spreadsheets write 1,5 where they write 1;2 and not 1,2. */
function decimalOf(start: string, delimiter: string): string {
  return delimiter !== ',' && /\d,\d/.test(start) && !/\d\.\d/.test(start) ? ',' : '.';
}

/** The first bytes, which hold the line of names. @throws UnreadableFileError where it may not be read */
function startOf(file: string): Buffer {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(65_536);
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
  // All it can say of lines of several lengths: the way to read them was given.
  if (message.includes('Error when sniffing'))
    return 'expected as many values in each line as names in the first';
  const flat = message
    .split(/\n\n|Possible (?:fixes|solutions?):/)[0]!
    .replace(/\s+/g, ' ')
    .trim();
  return flat.length > 300 ? `${flat.slice(0, 299)}…` : flat;
}
