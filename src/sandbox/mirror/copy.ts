import type { DuckDBConnection } from '@duckdb/node-api';
import type { Statement } from '../../warehouse/dialect.ts';
import { columnsOf, type Kind, type TableName } from '../../warehouse/schema.ts';
import type { Database } from '../database.ts';
import { beginCopy, type Change, MIRROR, type MirrorState } from './owed.ts';
import type { Target } from './target.ts';

/**
 * One statement carries so much JSON, some 4,000 predictions: the fewer statements the faster, and Snowflake takes 16 MB in one
 * value.
 */
const BATCH_CHARACTERS = 2_000_000;

const CASTS: Record<Kind, string> = {
  time: '::TIMESTAMP_NTZ',
  text: '::VARCHAR',
  whole: '::INTEGER',
  flag: '::INTEGER',
  real: '::DOUBLE',
  json: '',
};

/** The rows of a JSON array of arrays, bound as one text. */
function insertInto(table: TableName): string {
  const columns = columnsOf(table);
  const cells = columns.map(({ kind }, i) => `value[${i}]${CASTS[kind]}`);
  const names = columns.map(({ name }) => name);
  return `INSERT INTO ${table} (${names.join(', ')}) SELECT ${cells.join(', ')} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))`;
}

/** The rows of any of the times. */
function during(times: readonly Change[], type: string): Statement {
  const text = (at: number) => new Date(at).toISOString().replace('T', ' ').replace('Z', '');
  return {
    sql: times.map(() => `(timestamp >= CAST(? AS ${type}) AND timestamp < CAST(? AS ${type}))`).join(' OR '),
    params: times.flatMap(({ from, to }) => [text(from), text(to)]),
  };
}

/** A table's rows of these times as JSON arrays, in batches. */
async function* batches(
  connection: DuckDBConnection,
  table: TableName,
  times: readonly Change[],
): AsyncGenerator<{ rows: number; json: string }> {
  const cells = columnsOf(table).map(({ name, kind }) => {
    if (kind === 'time') return `${name}::VARCHAR`;
    return kind === 'json' ? `${name}::JSON` : name;
  });
  const { sql, params } = during(times, 'TIMESTAMP');
  const result = await connection.stream(
    `SELECT json_array(${cells.join(', ')})::VARCHAR FROM ${table} WHERE ${sql}`,
    params,
  );
  let rows: string[] = [];
  let characters = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    for (const row of chunk.getColumnValues(0) as string[]) {
      rows.push(row);
      characters += row.length;
      if (characters < BATCH_CHARACTERS) continue;
      yield { rows: rows.length, json: `[${rows.join(',')}]` };
      rows = [];
      characters = 0;
    }
  }
  if (rows.length > 0) yield { rows: rows.length, json: `[${rows.join(',')}]` };
}

interface CopyOptions {
  signal?: AbortSignal;
  onRows?: (rows: number) => void;
}

/**
 * Makes the target's rows of the changed times those that the world has: in one transaction there, from one state here. The same
 * again changes nothing, so a copy of which it is not known how it ended is made again.
 */
async function copyChanges(
  database: Database,
  target: Target,
  changes: readonly Change[],
  { signal, onRows }: CopyOptions,
): Promise<void> {
  const byTable = Map.groupBy(changes, ({ table }) => table as TableName);
  const connection = await database.connect();
  try {
    await connection.run('BEGIN TRANSACTION');
    await target.transaction(async (run) => {
      for (const [table, times] of byTable) {
        const { sql, params } = during(times, 'TIMESTAMP_NTZ');
        await run({ sql: `DELETE FROM ${table} WHERE ${sql}`, params });
        for await (const { rows, json } of batches(connection, table, times)) {
          await run({ sql: insertInto(table), params: [json] });
          onRows?.(rows);
        }
      }
    }, signal);
  } finally {
    connection.closeSync();
  }
}

/** Copies all that is owed; what changes meanwhile is owed from then on. */
export async function copyOwed(database: Database, target: Target, options: CopyOptions): Promise<void> {
  const update = (change: (state: MirrorState) => MirrorState) =>
    database.write(async (tx) => {
      const state = change(tx.document<MirrorState>(MIRROR)!);
      await tx.put(MIRROR, state);
      return state;
    });
  const { owed, copying: unsure } = database.document<MirrorState>(MIRROR)!;
  if (owed.length + unsure.length === 0) return;
  const { copying } = await update(beginCopy);
  await copyChanges(database, target, copying, options);
  await update((state) => ({ ...state, copying: [] }));
}
