import type { Dialect, Statement } from '../dialect.ts';
import { INCIDENT_COLUMNS } from '../schema.ts';
import { finite, placeCounts, sortedQuantiles, structure, text } from './counts.ts';

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
