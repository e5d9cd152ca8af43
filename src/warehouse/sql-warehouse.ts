import type { Dialect } from './dialect.ts';
import type {
  FeatureHistogram,
  IncidentRow,
  MetricsRow,
  PipelineRunRow,
  PredictionOutcomes,
  QualityRow,
  Row,
  Scope,
  Warehouse,
} from './port.ts';
import { createStatements, type Statement, shown } from './statements.ts';

/** Runs one statement and answers all its rows; rejects with WarehouseError. */
export type RunStatement = (statement: Statement, signal?: AbortSignal) => Promise<Row[]>;

function outcomesOf(row: Row): PredictionOutcomes {
  const { n, flagged, labelled, tp, fp, fn, tn, latency_p99_ms, first_at, last_at } = row;
  return { n, flagged, labelled, tp, fp, fn, tn, latency_p99_ms, first_at, last_at } as PredictionOutcomes;
}

/** One row of `Dialect.histograms`. */
function histogramOf(row: Row): FeatureHistogram {
  const [n, present] = [row.n as number, row.present as number];
  return {
    feature: row.feature as string,
    n,
    nulls: n - present,
    counts: JSON.parse(row.counts as string) as number[],
    mean: (row.mean as number | null) ?? Number.NaN,
    std: (row.std as number | null) ?? Number.NaN,
  };
}

/** The warehouse port over any engine that runs SQL: statements from the dialect, answers from their rows. */
export function createSqlWarehouse(
  dialect: Dialect,
  run: RunStatement,
  close: () => Promise<void> = async () => {},
): Warehouse {
  const statements = createStatements(dialect);
  const all = async <T>(statement: Statement, signal?: AbortSignal) => ({
    value: (await run(statement, signal)) as unknown as T[],
    query: shown(statement),
  });
  /** The same statement for the first feature only: 29 features would be pages of repetition. */
  const abridged = (build: (features: string[]) => Statement, features: string[]): string =>
    shown(build(features.slice(0, 1))) +
    (features.length > 1 ? ` /* in the same scan for ${features.slice(1).join(', ')} */` : '');

  return {
    system: dialect.system,
    async featureQuantiles(scope, features, probabilities, signal) {
      const build = (names: string[]) => statements.quantiles(scope, names, probabilities);
      const found = new Map(
        (await run(build(features), signal)).map((row) => [row.feature, JSON.parse(row.quantiles as string)]),
      );
      const value = Object.fromEntries(features.map((name) => [name, (found.get(name) ?? []) as number[]]));
      return { value, query: abridged(build, features) };
    },
    async featureHistograms(scope, edges, signal) {
      const build = (names: string[]) =>
        statements.histograms(scope, Object.fromEntries(names.map((name) => [name, edges[name]!])));
      const features = Object.keys(edges);
      const found = new Map(
        (await run(build(features), signal)).map((row) => [row.feature, histogramOf(row)]),
      );
      return { value: features.map((name) => found.get(name)!), query: abridged(build, features) };
    },
    async predictionOutcomes(scope, signal) {
      const statement = statements.outcomes(scope);
      const [row] = await run(statement, signal);
      return { value: outcomesOf(row!), query: shown(statement) };
    },
    async predictionTrend(scope, bucketSeconds, features, signal) {
      const statement = statements.trend(scope, bucketSeconds, features);
      const rows = await run(statement, signal);
      const value = rows.map((row) => ({
        at: row.at as string,
        ...outcomesOf(row),
        means: Object.fromEntries(features.map((name, i) => [name, row[`mean_${i}`] as number | null])),
      }));
      return { value, query: shown(statement) };
    },
    async batchQuality(scope: Scope, expectedFeatures, signal) {
      const statement = statements.quality(scope, expectedFeatures);
      const [row] = await run(statement, signal);
      const record_count = row!.record_count as number;
      return {
        value: {
          record_count,
          cells: record_count * expectedFeatures.length,
          null_cells: row!.null_cells as number,
          schema_violations: row!.schema_violations as number,
          repeated: record_count - (row!.distinct_ids as number),
        },
        query: abridged((names) => statements.quality(scope, names), expectedFeatures),
      };
    },
    modelMetrics: (model, window, signal) => all<MetricsRow>(statements.modelMetrics(model, window), signal),
    dataQuality: (pipeline, window, signal) =>
      all<QualityRow>(statements.dataQuality(pipeline, window), signal),
    pipelineRuns: async (pipelines, window, signal) =>
      pipelines.length === 0
        ? { value: [], query: 'none: no pipelines named' }
        : all<PipelineRunRow>(statements.pipelineRuns(pipelines, window), signal),
    incidents: (window, signal) => all<IncidentRow>(statements.incidents(window), signal),
    async saveIncident(row, signal) {
      await run(statements.saveIncident(row), signal);
    },
    close,
  };
}
