import type { Statement } from './statements.ts';

/** Where a feature's value is found in the rows that are counted, as SQL. */
type ValueOf = (feature: string) => string;

/** A value as DuckDB's text. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** The type of a struct with these fields, as DuckDB's JSON functions take it. */
export const structure = (fields: readonly string[], type: unknown): string =>
  text(JSON.stringify(Object.fromEntries(fields.map((field) => [field, type]))));

/** The value where it is finite. DuckDB would count NaN into the lowest cell, and sort it above all numbers. */
export const finite = (value: string): string => `CASE WHEN isfinite(${value}) THEN ${value} END`;

/** `Dialect.histograms` over any rows of DuckDB's: `rows` is `FROM …`, `value` a double of theirs. */
export function cellCounts(
  rows: Statement,
  edges: Readonly<Record<string, readonly number[]>>,
  value: ValueOf,
): Statement {
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
  const values = features.map((name) => `${finite(value(name))} AS "${name}"`);
  return {
    sql:
      `WITH edges AS (SELECT from_json(?, ${structure(features, ['DOUBLE'])}) AS e), ` +
      `counted AS (SELECT ${columns.join(', ')} FROM (SELECT ${values.join(', ')} ${rows.sql}), edges) ` +
      `SELECT unnest([${features.map((_, i) => `h${i}`).join(', ')}], recursive := true) FROM counted`,
    params: [JSON.stringify(edges), ...rows.params],
  };
}

/**
 * `Dialect.quantiles` over any rows of DuckDB's. quantile_cont() selects anew for each probability: 999 of them take a
 * minute where one sort takes a second. It also interpolates between equal values with an error of rounding, which would
 * put a tie into the cell above its edge. One sort a feature, since a sort of all together does not fit into memory: of
 * 28 million values it takes ten times as long.
 */
export function sortedQuantiles(
  rows: Statement,
  features: readonly string[],
  probabilities: readonly number[],
  value: ValueOf,
): Statement {
  const columns = features.map((name) => `${finite(value(name))} AS "${name}"`);
  const selections = features.map(
    (name) =>
      `SELECT ${text(name)} AS feature, ` +
      'to_json(list(v + coalesce((above - v) * (place - rank), 0) ORDER BY place))::VARCHAR AS quantiles ' +
      `FROM (SELECT "${name}" AS v, row_number() OVER sorted - 1 AS rank, lead("${name}") OVER sorted AS above ` +
      `FROM cells WHERE "${name}" IS NOT NULL WINDOW sorted AS (ORDER BY "${name}")) ` +
      'JOIN (SELECT last * p AS place, floor(last * p)::BIGINT AS rank ' +
      `FROM (SELECT count("${name}") - 1 AS last FROM cells), asked) USING (rank) HAVING count(*) > 0`,
  );
  return {
    sql:
      `WITH cells AS MATERIALIZED (SELECT ${columns.join(', ')} ${rows.sql}), ` +
      `asked AS (SELECT unnest(?::JSON::DOUBLE[]) AS p) ${selections.join(' UNION ALL ')}`,
    params: [...rows.params, JSON.stringify(probabilities)],
  };
}
