import { CENTER_PLACE, SCALE } from '../../domain/stats/grid.ts';
import type { Dialect } from '../dialect.ts';
import { INCIDENT_COLUMNS } from '../schema.ts';

const TIME = 'CAST(? AS TIMESTAMP_NTZ)';
const MILLISECONDS = 'DATE_PART(epoch_millisecond, timestamp)';

/** Largest finite double; outside of these lie the infinities and NaN, which Snowflake holds for larger than all numbers. */
const FINITE = 'BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308';

/** A number in the VARIANT `f` as a double: as JSON, text has quotes, so that it is none, as true, lists and null are none. */
const number = (name: string): string => `TRY_TO_DOUBLE(TO_JSON(f:${name}))`;

/** Common table `cells`: one row per feature and number in it; rows come from `logs`, where `f` is. */
const cells = (features: readonly string[]): string => {
  const names = features.map((name) => `"${name}"`);
  return (
    `cells AS (SELECT feature, v FROM (SELECT ${names.map((name) => `${number(name)} AS ${name}`).join(', ')} ` +
    `FROM logs) UNPIVOT (v FOR feature IN (${names.join(', ')})) WHERE v ${FINITE})`
  );
};

/** AGENTOPS in Snowflake; `features` is a VARIANT. */
export const snowflakeDialect: Dialect = {
  system: 'Snowflake',
  timestamp: TIME,
  parsedFeatures: () => 'features AS f',
  feature: (name) => `CASE WHEN ${number(`"${name}"`)} ${FINITE} THEN ${number(`"${name}"`)} END`,
  // `cells` is named once, here and below: named twice, an engine may read all features twice, which is most of the work.
  histograms: (rows, grids) => ({
    sql:
      `WITH logs AS (SELECT ${snowflakeDialect.parsedFeatures([])} ${rows.sql}), ${cells(Object.keys(grids))}, ` +
      'given AS (SELECT key AS feature, value:center::DOUBLE AS center, value:spread::DOUBLE AS spread ' +
      'FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))), ' +
      `placed AS (SELECT c.feature, v, (CEIL((v - center) / (spread + ABS(v - center)) * ${SCALE}) + ${CENTER_PLACE})::INT AS place ` +
      'FROM cells c JOIN given g ON c.feature = g.feature), ' +
      'counted AS (SELECT feature, place, COUNT(*) AS held, SUM(v) AS total FROM placed GROUP BY feature, place) ' +
      'SELECT g.feature, (SELECT COUNT(*) FROM logs) AS n, COALESCE(SUM(held), 0) AS present, ' +
      "'[' || COALESCE(LISTAGG(place::VARCHAR, ',') WITHIN GROUP (ORDER BY place), '') || ']' AS places, " +
      "'[' || COALESCE(LISTAGG(held::VARCHAR, ',') WITHIN GROUP (ORDER BY place), '') || ']' AS counts, " +
      'SUM(total) / SUM(held) AS mean FROM given g LEFT JOIN counted ON g.feature = counted.feature GROUP BY g.feature',
    params: [...rows.params, JSON.stringify(grids)],
  }),
  // TO_JSON writes a double with 16 digits, where text made of one has fewer.
  quantiles: (rows, features, probabilities) => ({
    sql:
      `WITH logs AS (SELECT ${snowflakeDialect.parsedFeatures([])} ${rows.sql}), ${cells(features)}, ` +
      'ordered AS (SELECT feature, v, ROW_NUMBER() OVER (PARTITION BY feature ORDER BY v) - 1 AS position, ' +
      'LEAD(v) OVER (PARTITION BY feature ORDER BY v) AS above, ' +
      'COUNT(*) OVER (PARTITION BY feature) - 1 AS last FROM cells), ' +
      'wanted AS (SELECT feature, last * p AS place, FLOOR(last * p) AS position FROM ordered ' +
      'CROSS JOIN (SELECT value::DOUBLE AS p FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))) WHERE ordered.position = 0) ' +
      'SELECT ordered.feature, TO_JSON(ARRAY_AGG(v + COALESCE((above - v) * (place - wanted.position), 0)) ' +
      'WITHIN GROUP (ORDER BY place)) AS quantiles FROM ordered ' +
      'JOIN wanted ON ordered.feature = wanted.feature AND ordered.position = wanted.position GROUP BY ordered.feature',
    params: [...rows.params, JSON.stringify(probabilities)],
  }),
  // Whole numbers throughout: a quotient has six decimals here, so that the end of a long bucket would round into the next.
  bucket: (seconds, origin) => ({
    sql: `TO_TIMESTAMP_NTZ(${MILLISECONDS} - MOD(${MILLISECONDS} - ?, ?), 3)`,
    params: [Date.parse(origin), seconds * 1000],
  }),
  // Of what is no object, no keys can be asked. As many names as expected, and each null cell a JSON null: so every name is there,
  // and holds a number or null.
  violatesSchema: (features) =>
    `CASE WHEN LTRIM(TO_JSON(features)) NOT LIKE '{%' THEN TRUE WHEN ARRAY_SIZE(OBJECT_KEYS(features)) <> ${features.length} THEN TRUE ` +
    `WHEN nulls = 0 THEN FALSE ELSE nulls <> ${features
      .map((name) => `COALESCE(IS_NULL_VALUE(features:"${name}")::INT, 0)`)
      .join(' + ')} END`,
  saveIncident:
    'MERGE INTO INCIDENTS USING (SELECT ' +
    `${INCIDENT_COLUMNS.map((name) => `${name === 'timestamp' ? TIME : '?'} AS ${name}`).join(', ')}) AS given ` +
    'ON INCIDENTS.incident_id = given.incident_id WHEN MATCHED THEN UPDATE SET ' +
    `${INCIDENT_COLUMNS.slice(1)
      .map((name) => `${name} = given.${name}`)
      .join(', ')} WHEN NOT MATCHED THEN INSERT (${INCIDENT_COLUMNS.join(', ')}) ` +
    `VALUES (${INCIDENT_COLUMNS.map((name) => `given.${name}`).join(', ')})`,
};
