import type { TimeWindow } from '../domain/measurement.ts';
import type { Grid } from '../domain/stats/grid.ts';
import type { IncidentRow } from '../domain/warehouse-rows.ts';
import type { Dialect, Statement } from './dialect.ts';
import { type Scalar, type Scope, WarehouseError } from './port.ts';
import { INCIDENT_COLUMNS } from './schema.ts';

/** Neither NaN, which both engines order above all numbers, nor infinite, nor negative. */
const LATENCY = 'CASE WHEN latency_ms BETWEEN 0 AND 1e12 THEN latency_ms END';

const OUTCOMES = `count(*) AS n, count(CASE WHEN prediction = 1 THEN 1 END) AS flagged, count(CASE WHEN actual_label IN (0, 1) THEN 1 END) AS labelled,
  count(CASE WHEN prediction = 1 AND actual_label = 1 THEN 1 END) AS tp, count(CASE WHEN prediction = 1 AND actual_label = 0 THEN 1 END) AS fp,
  count(CASE WHEN prediction = 0 AND actual_label = 1 THEN 1 END) AS fn, count(CASE WHEN prediction = 0 AND actual_label = 0 THEN 1 END) AS tn,
  max(CASE WHEN actual_label IN (0, 1) THEN timestamp END) AS last_labelled_at, count(${LATENCY}) AS timed,
  percentile_cont(0.99) WITHIN GROUP (ORDER BY ${LATENCY}) AS latency_p99_ms,
  min(timestamp) AS first_at, max(timestamp) AS last_at`;

/**
 * Ranks of the order statistics that bound the p99 of `timed` rows with 95 % confidence, counted from the greatest: those of
 * `quantileRanks`, by the normal approximation of its binomial, since SQL has no quantiles of one. At most one rank off.
 */
const SPREAD = '1.959963984540054 * sqrt(0.99 * 0.01 * timed)';
const LOW_RANK = `timed + 1 - floor(0.99 * timed - ${SPREAD})`;
const HIGH_RANK = `timed - floor(0.99 * timed + ${SPREAD})`;
/** Both ranks lie within the greatest tenth, so that only this needs sorting. */
const TAIL = `percentile_disc(0.9) WITHIN GROUP (ORDER BY ${LATENCY})`;

/** Feature names become identifiers, so they must be plain ones. @throws WarehouseError (permanent) */
function checked(features: readonly string[]): readonly string[] {
  const bad = features.find((feature) => !/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(feature));
  if (bad !== undefined || features.length === 0) {
    throw new WarehouseError(
      `expected feature names of letters, digits and "_", got ${bad === undefined ? 'none' : `"${bad}"`}`,
      { permanent: true },
    );
  }
  return features;
}

/** Every statement of the warehouse port, for one dialect. */
export function createStatements(dialect: Dialect) {
  const during = ({ from, to }: TimeWindow): Statement => ({
    sql: `timestamp >= ${dialect.timestamp} AND timestamp < ${dialect.timestamp}`,
    params: [from, to],
  });
  const within = (scope: Scope): Statement => {
    const time = during(scope.window);
    const version = scope.version === undefined ? '' : ' AND model_version = ?';
    const labelled = scope.labelled ? ' AND actual_label IS NOT NULL' : '';
    return {
      sql: `FROM PREDICTION_LOGS WHERE model_name = ? AND ${time.sql}${version}${labelled}`,
      params: [scope.model, ...time.params, ...(scope.version === undefined ? [] : [scope.version])],
    };
  };
  const parsed = (scope: Scope, features: readonly string[], alsoSelect = ''): Statement => {
    const rows = within(scope);
    return {
      sql: `FROM (SELECT ${alsoSelect}${dialect.parsedFeatures(features)} ${rows.sql})`,
      params: rows.params,
    };
  };
  const history = (table: string, columns: string, key: string, names: string[], window: TimeWindow) => {
    const time = during(window);
    const marks = names.map(() => '?').join(', ');
    return {
      sql: `SELECT ${columns} FROM ${table} WHERE ${key} IN (${marks}) AND ${time.sql} ORDER BY timestamp`,
      params: [...names, ...time.params],
    };
  };

  return {
    quantiles: (scope: Scope, features: readonly string[], probabilities: readonly number[]): Statement =>
      dialect.quantiles(within(scope), checked(features), probabilities),

    histograms(scope: Scope, grids: Readonly<Record<string, Grid>>): Statement {
      checked(Object.keys(grids));
      return dialect.histograms(within(scope), grids);
    },

    outcomes(scope: Scope): Statement {
      const rows = within(scope);
      return {
        sql:
          `WITH scored AS (SELECT timestamp, prediction, actual_label, ${LATENCY} AS latency_ms ${rows.sql}), ` +
          `counted AS (SELECT ${OUTCOMES}, ${TAIL} AS slow FROM scored), ` +
          'slowest AS (SELECT latency_ms, timed, row_number() OVER (ORDER BY latency_ms DESC) AS place ' +
          'FROM scored CROSS JOIN counted WHERE latency_ms >= slow) ' +
          'SELECT counted.*, ' +
          `(SELECT max(latency_ms) FROM slowest WHERE place = ${LOW_RANK}) AS latency_p99_low_ms, ` +
          `(SELECT max(latency_ms) FROM slowest WHERE place = ${HIGH_RANK}) AS latency_p99_high_ms FROM counted`,
        params: rows.params,
      };
    },

    /** Columns: `at`, those of `outcomes` but for the interval of the p99, and `mean_0`, `mean_1`… in the order of `features`. */
    trend(scope: Scope, bucketSeconds: number, features: readonly string[]): Statement {
      const means = features.map((name, i) => `, avg(${dialect.feature(name)}) AS "mean_${i}"`).join('');
      const columns = 'timestamp, prediction, actual_label, latency_ms';
      const rows = features.length ? parsed(scope, checked(features), `${columns}, `) : within(scope);
      const bucket = dialect.bucket(bucketSeconds, scope.window.from);
      return {
        sql: `SELECT ${bucket.sql} AS at, ${OUTCOMES}${means} ${rows.sql} GROUP BY 1 ORDER BY 1`,
        params: [...bucket.params, ...rows.params],
      };
    },

    /** `parts`: groups of the features; the nulls of each are answered as `nulls_0`, `nulls_1`…, too. */
    quality(scope: Scope, features: readonly string[], parts: readonly (readonly string[])[]): Statement {
      const rows = parsed(scope, checked(features), 'prediction_id, features, ');
      const nullsOf = (names: readonly string[]) =>
        checked(names)
          .map((name) => `(${dialect.feature(name)} IS NULL)::INT`)
          .join(' + ');
      const inner = parts.map((names, i) => `, ${nullsOf(names)} AS nulls_${i}`).join('');
      const outer = parts.map((_names, i) => `, coalesce(sum(nulls_${i}), 0) AS nulls_${i}`).join('');
      return {
        sql:
          'SELECT count(*) AS record_count, coalesce(sum(nulls), 0) AS null_cells, ' +
          `count(CASE WHEN ${dialect.violatesSchema(features)} THEN 1 END) AS schema_violations, ` +
          `count(DISTINCT prediction_id) AS distinct_ids${outer} ` +
          `FROM (SELECT prediction_id, features, ${nullsOf(features)} AS nulls${inner} ${rows.sql})`,
        params: rows.params,
      };
    },

    modelMetrics: (model: string, window: TimeWindow): Statement =>
      history(
        'MODEL_METRICS',
        'timestamp, model_name, f1, precision, recall, auc, drift_score, latency_p99',
        'model_name',
        [model],
        window,
      ),

    dataQuality: (pipeline: string, window: TimeWindow): Statement =>
      history(
        'DATA_QUALITY',
        'timestamp, pipeline_name, null_rate, schema_violations, record_count, status',
        'pipeline_name',
        [pipeline],
        window,
      ),

    pipelineRuns: (pipelines: string[], window: TimeWindow): Statement =>
      history(
        'PIPELINE_RUNS',
        'timestamp, pipeline_name, run_id, status, record_count, schema_version, source, message',
        'pipeline_name',
        pipelines,
        window,
      ),

    incidents(window: TimeWindow): Statement {
      const time = during(window);
      return {
        sql: `SELECT ${INCIDENT_COLUMNS.join(', ')} FROM INCIDENTS WHERE ${time.sql} ORDER BY timestamp`,
        params: time.params,
      };
    },

    saveIncident: (row: IncidentRow): Statement => ({
      sql: dialect.saveIncident,
      params: INCIDENT_COLUMNS.map((column) => row[column]),
    }),
  };
}

/** What a reader of evidence needs of a bound text. */
const SHOWN_TEXT = 100;

/** A statement as evidence shows it: one line, values in place of `?`, a long text such as the grids of histograms cut. */
export function shown({ sql, params }: Statement): string {
  let next = 0;
  const value = (scalar: Scalar | undefined): string => {
    if (typeof scalar !== 'string') return String(scalar);
    const cut =
      scalar.length > SHOWN_TEXT
        ? `${scalar.slice(0, SHOWN_TEXT)}… cut: ${SHOWN_TEXT} of ${scalar.length} characters`
        : scalar;
    return `'${cut.replaceAll("'", "''")}'`;
  };
  return sql
    .replace(/'(?:[^']|'')*'|\?/g, (part) => (part === '?' ? value(params[next++]) : part))
    .replace(/\s+/g, ' ');
}
