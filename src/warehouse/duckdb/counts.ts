import { CENTER_PLACE, type Grid, PLACES, SCALE } from '../../domain/stats/grid.ts';
import type { Statement } from '../dialect.ts';

/** Where a feature's value is found in the rows that are counted, as SQL. */
type ValueOf = (feature: string) => string;

/** A value as DuckDB's text. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** The type of a struct with these fields, as DuckDB's JSON functions take it. */
export const structure = (fields: readonly string[], type: unknown): string =>
  text(JSON.stringify(Object.fromEntries(fields.map((field) => [field, type]))));

/** The value where it is finite. DuckDB sorts NaN above all numbers. */
export const finite = (value: string): string => `CASE WHEN isfinite(${value}) THEN ${value} END`;

/**
 * What `placeCounts` is fast with: groups by a whole number of 16 bits are counted in an array of 2^17 cells, not in a hash
 * table. It also works, half as fast, without.
 */
export const COUNTING = { perfect_ht_threshold: '17' };

/** So many features' places are whole numbers of 16 bits, all told. */
const NARROW = 2 ** 16 / PLACES;

/**
 * `Dialect.histograms` over any rows of DuckDB's: `rows` is `FROM …`, `value` a double of theirs. A feature's number and a
 * place make one code, so that a single grouping counts all features. NaN and infinities have none: TRY_CAST makes it null.
 */
export function placeCounts(
  rows: Statement,
  grids: Readonly<Record<string, Grid>>,
  value: ValueOf,
): Statement {
  const features = Object.keys(grids);
  const each = (sql: (name: string, i: number) => string) => features.map(sql).join(', ');
  const type = features.length > NARROW ? 'INTEGER' : 'USMALLINT';
  const code = (name: string, i: number) =>
    `TRY_CAST(ceil(d${i} / (g."${name}".spread + abs(d${i})) * ${SCALE}) + ${CENTER_PLACE + i * PLACES} AS ${type})`;
  const grid = structure(features, { center: 'DOUBLE', spread: 'DOUBLE' });
  return {
    sql:
      `WITH grids AS (SELECT from_json(?, ${grid}) AS g), ` +
      `measured AS (SELECT g, ${each((name, i) => `${value(name)} AS v${i}, ${value(name)} - g."${name}".center AS d${i}`)} ${rows.sql}, grids), ` +
      `coded AS (SELECT unnest([${each(code)}]) AS code, unnest([${each((_, i) => `v${i}`)}]) AS v FROM measured), ` +
      'counted AS (SELECT code, count(*) AS held, sum(v) AS total FROM coded GROUP BY code) ' +
      `SELECT feature, (SELECT coalesce(sum(held), 0) FROM counted) // ${features.length} AS n, coalesce(sum(held), 0) AS present, ` +
      `coalesce(to_json(list(code % ${PLACES} ORDER BY code) FILTER (held > 0))::VARCHAR, '[]') AS places, ` +
      "coalesce(to_json(list(held ORDER BY code) FILTER (held > 0))::VARCHAR, '[]') AS counts, sum(total) / sum(held) AS mean " +
      `FROM (SELECT unnest([${each(text)}]) AS feature, unnest(range(${features.length})) AS i) ` +
      `LEFT JOIN counted ON code // ${PLACES} = i GROUP BY feature`,
    params: [JSON.stringify(grids), ...rows.params],
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
