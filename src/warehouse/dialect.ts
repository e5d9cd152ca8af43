import type { Grid } from '../domain/stats/grid.ts';
import { finite, placeCounts, sortedQuantiles, structure, text } from './duckdb/counts.ts';
import { INCIDENT_COLUMNS, type Statement } from './statements.ts';

/**
 * What differs between SQL engines. Everything else in `statements.ts` is understood by DuckDB and Snowflake alike.
 * Identifiers passed in are already quoted.
 */
export interface Dialect {
  readonly system: string;
  /** A bound ISO 8601 text as a timestamp in UTC. */
  timestamp: string;
  /** PREDICTION_LOGS.features parsed once per row, selected under the name `f`. */
  parsedFeatures(features: readonly string[]): string;
  /** One feature of the parsed column `f`, as a double; null where it is missing, no number (text, true, a list) or not finite. */
  feature(name: string): string;
  /**
   * Every feature counted over the places of its own grid (`placeOf`), in one scan of `rows` (`FROM PREDICTION_LOGS WHERE …`).
   * One row per feature: `feature`, `n` (rows), `present` (rows with a number), `places` (JSON text: those that hold any,
   * ascending), `counts` (JSON text: how many each holds), `mean` (null without any number). The grids are bound as one JSON
   * text.
   */
  histograms(rows: Statement, grids: Readonly<Record<string, Grid>>): Statement;
  /**
   * Quantiles of every feature at ascending probabilities, over the same `rows`, interpolated linearly between order
   * statistics as percentile_cont does. One row per feature that has a number: `feature`, `quantiles` (JSON text of numbers).
   */
  quantiles(rows: Statement, features: readonly string[], probabilities: readonly number[]): Statement;
  /** Start of the bucket that a timestamp falls into; `origin` is where buckets start. */
  bucket(seconds: number, origin: string): Statement;
  /** True for a row with a missing, unexpected or non-numeric field, given `features` and the count `nulls`. */
  violatesSchema(features: readonly string[]): string;
  /** Inserts an incident, or replaces the row of the same incident_id. Binds the seven columns in order. */
  saveIncident: string;
}

export const duckdbDialect: Dialect = {
  system: 'DuckDB',
  timestamp: '?::TIMESTAMP',
  // One json_transform per row: extracting each feature by itself takes ten times as long. It would make a number of "1.5",
  // "NaN" and true, so rows with a value that opens like those take a way half as fast, which does not. TRY makes null of a
  // row that is no JSON, which would end the statement.
  parsedFeatures: (features) =>
    `TRY(CASE WHEN regexp_matches(features, ':\\s*["tf]') ` +
    `THEN list_transform([json_transform(features, ${structure(features, 'JSON')})], ` +
    `j -> {${features.map((name) => `"${name}": TRY_CAST(j."${name}"::VARCHAR AS DOUBLE)`).join(', ')}})[1] ` +
    `ELSE json_transform(features, ${structure(features, 'DOUBLE')}) END) AS f`,
  feature: (name) => finite(`f."${name}"`),
  histograms: (rows, grids) =>
    placeCounts(parsedRows(rows, Object.keys(grids)), grids, (name) => `f."${name}"`),
  quantiles: (rows, features, probabilities) =>
    sortedQuantiles(parsedRows(rows, features), features, probabilities, (name) => `f."${name}"`),
  bucket: (seconds, origin) => ({
    sql: 'time_bucket(to_seconds(?), timestamp, ?::TIMESTAMP)',
    params: [seconds, origin],
  }),
  // Finding no null and the right number of names proves that all are there; only other rows are looked at by name.
  // A value that opens with a quote, a bracket, true or false is no number. Names of fields hold no colon. A row that is no
  // JSON has no keys.
  violatesSchema: (features) =>
    `CASE WHEN coalesce(len(TRY(json_keys(features))), 0) <> ${features.length} THEN true ` +
    `WHEN nulls > 0 AND NOT list_has_all(TRY(json_keys(features)), [${features.map(text).join(', ')}]) THEN true ` +
    `ELSE regexp_matches(features, ':\\s*["{\\[tf]') END`,
  saveIncident:
    `INSERT INTO INCIDENTS (${INCIDENT_COLUMNS.join(', ')}) ` +
    `VALUES (${INCIDENT_COLUMNS.map((name) => (name === 'timestamp' ? '?::TIMESTAMP' : '?')).join(', ')}) ` +
    `ON CONFLICT (incident_id) DO UPDATE SET ${INCIDENT_COLUMNS.slice(1)
      .map((name) => `${name} = excluded.${name}`)
      .join(', ')}`,
};

function parsedRows({ sql, params }: Statement, features: readonly string[]): Statement {
  return { sql: `FROM (SELECT ${duckdbDialect.parsedFeatures(features)} ${sql})`, params };
}
