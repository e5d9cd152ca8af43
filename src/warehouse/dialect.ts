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
  /** One feature of the parsed column `f`, as a double; null where it is missing or no number. */
  feature(name: string): string;
  /** The quantiles of an expression at these probabilities, as JSON text of an array. */
  quantiles(expression: string, probabilities: readonly number[]): string;
  /** Start of the bucket that a timestamp falls into; binds seconds, then the time at which buckets start. */
  bucket: string;
  /** True for a row with a missing, unexpected or non-numeric field, given `features` and the count `nulls`. */
  violatesSchema(features: readonly string[]): string;
  /** Inserts an incident, or replaces the row of the same incident_id. Binds the seven columns in order. */
  saveIncident: string;
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

export const duckdbDialect: Dialect = {
  system: 'DuckDB',
  timestamp: '?::TIMESTAMP',
  // One json_transform per row: extracting each feature by itself takes ten times as long.
  parsedFeatures: (features) =>
    `json_transform(features, ${text(JSON.stringify(Object.fromEntries(features.map((f) => [f, 'DOUBLE']))))}) AS f`,
  feature: (name) => `f."${name}"`,
  quantiles: (expression, probabilities) =>
    `to_json(quantile_cont(${expression}, [${probabilities.join(', ')}]))::VARCHAR`,
  bucket: 'time_bucket(to_seconds(?), timestamp, ?::TIMESTAMP)',
  // Finding no null and the right number of names proves that all are there; only other rows are looked at by name.
  // A value that opens with a quote, a bracket, true or false is no number. Names of fields hold no colon.
  violatesSchema: (features) =>
    `CASE WHEN len(json_keys(features)) <> ${features.length} THEN true ` +
    `WHEN nulls > 0 AND NOT list_has_all(json_keys(features), [${features.map(text).join(', ')}]) THEN true ` +
    `ELSE regexp_matches(features, ':\\s*["{\\[tf]') END`,
  saveIncident:
    'INSERT INTO INCIDENTS (incident_id, timestamp, alert_type, severity, root_cause, resolution, duration_minutes) ' +
    'VALUES (?, ?::TIMESTAMP, ?, ?, ?, ?, ?) ON CONFLICT (incident_id) DO UPDATE SET timestamp = excluded.timestamp, ' +
    'alert_type = excluded.alert_type, severity = excluded.severity, root_cause = excluded.root_cause, ' +
    'resolution = excluded.resolution, duration_minutes = excluded.duration_minutes',
};
