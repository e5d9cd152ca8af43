import type { DuckDBConnection } from '@duckdb/node-api';
import { createTables } from '../../src/warehouse/schema.ts';

export const MODEL = 'bench';
/** The hour that the current rows were logged in. */
export const WINDOW = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T01:00:00.000Z' };
/** Every seventh column of the current rows is moved by this many standard deviations. */
const SHIFT = 0.2;
const EVERY = 7;

export const featureNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `V${i + 1}`);

/**
 * Standard normal rows made by DuckDB: `reference` and `current` with a column for each feature, and the current ones in
 * PREDICTION_LOGS as the warehouse holds them, features as JSON text of four decimals. Nothing passes through JavaScript.
 */
export async function makeRows(
  connection: DuckDBConnection,
  rows: number,
  features: readonly string[],
): Promise<void> {
  await connection.run('SELECT setseed(0.5)');
  // Box and Muller (Annals of Mathematical Statistics 29, 1958).
  const normal = 'sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())';
  for (const [table, shift] of [
    ['reference', 0],
    ['current', SHIFT],
  ] as const) {
    const columns = features.map(
      (name, i) => `round(${normal} + ${i % EVERY === 0 ? shift : 0}, 4) AS ${name}`,
    );
    await connection.run(`CREATE TABLE ${table} AS SELECT ${columns.join(', ')} FROM range(${rows})`);
  }
  for (const statement of createTables('DuckDB')) await connection.run(statement);
  await connection.run(
    'INSERT INTO PREDICTION_LOGS (timestamp, prediction_id, features, prediction, confidence, model_name, model_version) ' +
      `SELECT TIMESTAMP '2026-01-01 00:30:00', rowid::VARCHAR, to_json({${features.map((name) => `"${name}": ${name}`).join(', ')}})::VARCHAR, ` +
      `0, 0.9, '${MODEL}', 'v1' FROM current`,
  );
  await connection.run('CHECKPOINT');
}
