import type { Statement } from './statements.ts';

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
   * Every feature counted against its own ascending edges, in one scan of `rows` (`FROM PREDICTION_LOGS WHERE …`). One row
   * per feature: `feature`, `n` (rows), `present` (rows with a number), `counts` (JSON text: numbers per cell, one cell more
   * than edges, cell i = (edge i−1, edge i]), `mean`, `std` (of the numbers; null where there are too few). The edges are
   * bound as one JSON text.
   */
  histograms(rows: Statement, edges: Readonly<Record<string, readonly number[]>>): Statement;
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

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** The type of a struct with these fields, as DuckDB's JSON functions take it. */
const structure = (fields: readonly string[], type: unknown): string =>
  text(JSON.stringify(Object.fromEntries(fields.map((field) => [field, type]))));

export const duckdbDialect: Dialect = {
  system: 'DuckDB',
  timestamp: '?::TIMESTAMP',
  // One json_transform per row: extracting each feature by itself takes ten times as long. It would make a number of "1.5",
  // "NaN" and true, so rows with a value that opens like those take a way half as fast, which does not.
  parsedFeatures: (features) =>
    `CASE WHEN regexp_matches(features, ':\\s*["tf]') ` +
    `THEN list_transform([json_transform(features, ${structure(features, 'JSON')})], ` +
    `j -> {${features.map((name) => `"${name}": TRY_CAST(j."${name}"::VARCHAR AS DOUBLE)`).join(', ')}})[1] ` +
    `ELSE json_transform(features, ${structure(features, 'DOUBLE')}) END AS f`,
  feature: (name) => `CASE WHEN isfinite(f."${name}") THEN f."${name}" END`,
  histograms: (rows, edges) => {
    const features = Object.keys(edges);
    const columns = features.map((name, i) => {
      // histogram() leaves the cell above the last edge out where it is empty, and answers null for no value at all.
      const cells = `map_values(histogram("${name}", e."${name}"))`;
      return (
        `{'feature': ${text(name)}, 'n': count(*), 'present': count("${name}"), 'counts': ` +
        `to_json(list_resize(coalesce(${cells}, []), ${edges[name]!.length + 1}, 0))::VARCHAR, ` +
        `'mean': avg("${name}"), 'std': stddev_samp("${name}")} AS h${i}`
      );
    });
    const values = features.map((name) => `${duckdbDialect.feature(name)} AS "${name}"`);
    return {
      sql:
        `WITH edges AS (SELECT from_json(?, ${structure(features, ['DOUBLE'])}) AS e), ` +
        `counted AS (SELECT ${columns.join(', ')} FROM (SELECT ${values.join(', ')} ` +
        `FROM (SELECT ${duckdbDialect.parsedFeatures(features)} ${rows.sql})), edges) ` +
        `SELECT unnest([${features.map((_, i) => `h${i}`).join(', ')}], recursive := true) FROM counted`,
      params: [JSON.stringify(edges), ...rows.params],
    };
  },
  // quantile_cont() selects anew for each probability: 999 of them take a minute where one sort takes a second. It also
  // interpolates between equal values with an error of rounding, which would put a tie into the cell above its edge.
  quantiles: (rows, features, probabilities) => ({
    sql:
      `WITH cells AS MATERIALIZED (SELECT unnest([${features.map(text).join(', ')}]) AS feature, ` +
      `unnest([${features.map(duckdbDialect.feature).join(', ')}]) AS v ` +
      `FROM (SELECT ${duckdbDialect.parsedFeatures(features)} ${rows.sql})), ` +
      'ordered AS (SELECT feature, v, row_number() OVER sorted - 1 AS rank, lead(v) OVER sorted AS above ' +
      'FROM cells WHERE v IS NOT NULL WINDOW sorted AS (PARTITION BY feature ORDER BY v)), ' +
      'wanted AS (SELECT feature, last * p AS place, floor(last * p)::BIGINT AS rank ' +
      'FROM (SELECT feature, count(v) - 1 AS last FROM cells GROUP BY feature), unnest(?::JSON::DOUBLE[]) AS t(p)) ' +
      'SELECT feature, to_json(list(v + coalesce((above - v) * (place - rank), 0) ORDER BY place))::VARCHAR AS quantiles ' +
      'FROM ordered JOIN wanted USING (feature, rank) GROUP BY feature',
    params: [...rows.params, JSON.stringify(probabilities)],
  }),
  bucket: (seconds, origin) => ({
    sql: 'time_bucket(to_seconds(?), timestamp, ?::TIMESTAMP)',
    params: [seconds, origin],
  }),
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
