import type { Logger } from 'pino';
import type { Row } from '../../warehouse/port.ts';
import { createTables, TABLE_NAMES, type TableName, tablesOf } from '../../warehouse/schema.ts';
import type { Database } from '../database.ts';
import { copyOwed } from '../mirror/copy.ts';
import { type Change, MIRROR, type MirrorState } from '../mirror/owed.ts';
import type { Target } from '../mirror/target.ts';
import { CLASSIFIER } from '../models.ts';
import { databaseFile, openSeeded } from '../sandbox.ts';
import type { Clock, World } from '../state.ts';

export interface SeedOptions {
  dataDir: string;
  /** Of the random numbers; null: what the data directory was seeded with, else `usualSeed`. */
  seed: number | null;
  usualSeed: number;
  /** Begins anew: forgets the world in the data directory, and every row of Snowflake's tables. */
  reset: boolean;
  /** Null: the data directory's DuckDB file is the warehouse. */
  snowflake: Target | null;
  log: Logger;
  /** Rows per second at the week's average; default 25. */
  trafficPerSecond?: number;
  onProgress?: (copied: number, rows: number) => void;
}

/** What is in the warehouse now. */
export interface Seeded {
  warehouse: 'DuckDB' | 'Snowflake';
  /** The file; or account, database and schema. */
  at: string;
  seed: number;
  /** False: it was there before. */
  loaded: boolean;
  /** First and last prediction. */
  from: string;
  to: string;
  rows: Record<TableName, number>;
}

/** Seeding would harm or mix up what is there; the message says what, and what to do. */
export class SeedError extends Error {
  override name = 'SeedError';
}

type Read = (sql: string) => Promise<Row[]>;

const COUNTS = TABLE_NAMES.map((table) => `SELECT '${table}' AS name, count(*) AS n FROM ${table}`);

async function countRows(read: Read): Promise<Record<TableName, number>> {
  const rows = await read(COUNTS.join(' UNION ALL '));
  return Object.fromEntries(rows.map(({ name, n }) => [name, n])) as Record<TableName, number>;
}

/**
 * Makes the tables and two weeks of history: in the file of the data directory, where the sandbox lives, and from there in
 * Snowflake, where the sandbox keeps them up to date. Done before, it only answers; cut short before, it goes on.
 * @throws SeedError when the file is in use or has another seed, or Snowflake's tables hold rows that are not of this world;
 * WarehouseError
 */
export async function seedWarehouse(options: SeedOptions): Promise<Seeded> {
  const { snowflake } = options;
  const file = databaseFile(options.dataDir);
  const readSnowflake: Read | null = snowflake && ((sql) => snowflake.run({ sql, params: [] }));
  // First, so that a Snowflake that cannot be used leaves the file alone.
  const before = readSnowflake && (await prepare(readSnowflake));
  const begun = Math.floor(Date.now() / 1000) * 1000;
  const database = await openWorld(options, file);
  try {
    const { seed } = database.document<World>(`${CLASSIFIER.model}/world`)!;
    if (options.seed !== null && options.seed !== seed) {
      throw new SeedError(`${file} was seeded with ${seed}, not ${options.seed}: --reset begins anew`);
    }
    const loaded = snowflake
      ? await load(database, snowflake, before!, options)
      : database.document<Clock>(`${CLASSIFIER.model}/clock`)!.seeded >= begun;
    const read: Read = readSnowflake ?? ((sql) => database.read(sql));
    const [range] = await read('SELECT min(timestamp) AS a, max(timestamp) AS b FROM PREDICTION_LOGS');
    return {
      warehouse: snowflake ? 'Snowflake' : 'DuckDB',
      at: snowflake?.name ?? file,
      seed,
      loaded,
      from: range!.a as string,
      to: range!.b as string,
      rows: await countRows(read),
    };
  } finally {
    await database.close();
  }
}

/** Makes the tables that are missing; how many rows there are. */
async function prepare(read: Read): Promise<Record<TableName, number>> {
  for (const statement of createTables('Snowflake')) await read(statement);
  return await countRows(read);
}

async function openWorld(options: SeedOptions, file: string): Promise<Database> {
  const { seed, usualSeed, reset, log } = options;
  try {
    return await openSeeded({ ...options, seed: seed ?? usualSeed }, Date.now, log, reset);
  } catch (error) {
    if (!/lock/.test((error as Error).message)) throw error;
    throw new SeedError(
      `${file} is in use: its sandbox is running, which seeded it at its first start; stop AgentOps to seed by hand`,
    );
  }
}

/** Copies the world into Snowflake as far as it is not there. Whether anything was missing. */
async function load(
  database: Database,
  snowflake: Target,
  before: Record<TableName, number>,
  { reset, onProgress }: SeedOptions,
): Promise<boolean> {
  const filled = TABLE_NAMES.filter((table) => before[table] > 0);
  const known = database.document<MirrorState>(MIRROR)?.target === snowflake.name && filled.length > 0;
  if (!known) {
    if (filled.length > 0 && !reset) {
      const found = filled.map((table) => `${table} ${before[table]}`).join(', ');
      throw new SeedError(
        `${snowflake.name} has rows that are not of this data directory (${found}): --reset deletes all of them, or name another SNOWFLAKE_DATABASE or SNOWFLAKE_SCHEMA`,
      );
    }
    if (reset) await clear(snowflake);
    const owed = await everything(database);
    const state: MirrorState = { target: snowflake.name, owed, copying: [] };
    await database.write((tx) => tx.put(MIRROR, state));
  }
  const total = Object.values(await countRows((sql) => database.read(sql))).reduce((sum, n) => sum + n, 0);
  let copied = 0;
  await copyOwed(database, snowflake, {
    onRows: (rows) => {
      copied += rows;
      onProgress?.(copied, total);
    },
  });
  return copied > 0;
}

async function clear(snowflake: Target): Promise<void> {
  await snowflake.transaction(async (run) => {
    for (const table of Object.keys(tablesOf('Snowflake'))) {
      await run({ sql: `DELETE FROM ${table}`, params: [] });
    }
  });
}

async function everything(database: Database): Promise<Change[]> {
  const changes: Change[] = [];
  for (const table of TABLE_NAMES) {
    const [range] = await database.read(`SELECT min(timestamp) AS a, max(timestamp) AS b FROM ${table}`);
    changes.push({ table, from: Date.parse(range!.a as string), to: Date.parse(range!.b as string) + 1 });
  }
  return changes;
}
