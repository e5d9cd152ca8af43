import type { Cells } from '../domain/stats/drift.ts';
import type {
  IncidentRow,
  MetricsRow,
  PipelineRunRow,
  PredictionOutcomes,
  QualityRow,
} from '../domain/warehouse-rows.ts';
import { countIn, numberIn, numbersIn, onlyRow, UnsoundAnswerError } from './answers.ts';
import type { Dialect, Statement } from './dialect.ts';
import type { FeatureHistogram, Row, Scope, Warehouse } from './port.ts';
import { createStatements, shown } from './statements.ts';

/** Runs one statement and answers all its rows; rejects with WarehouseError. */
export type RunStatement = (statement: Statement, signal?: AbortSignal) => Promise<Row[]>;

function outcomesOf(row: Row): Omit<PredictionOutcomes, 'latency_p99_low_ms' | 'latency_p99_high_ms'> {
  return {
    n: countIn(row, 'n'),
    flagged: countIn(row, 'flagged'),
    labelled: countIn(row, 'labelled'),
    tp: countIn(row, 'tp'),
    fp: countIn(row, 'fp'),
    fn: countIn(row, 'fn'),
    tn: countIn(row, 'tn'),
    last_labelled_at: row.last_labelled_at as string | null,
    timed: countIn(row, 'timed'),
    latency_p99_ms: numberIn(row, 'latency_p99_ms'),
    first_at: row.first_at as string | null,
    last_at: row.last_at as string | null,
  };
}

/** One row of `Dialect.histograms`, its places added up to cells. */
function histogramOf(row: Row, { edges }: Cells): FeatureHistogram {
  const [n, present] = [countIn(row, 'n'), countIn(row, 'present')];
  const places = numbersIn(row, 'places');
  const held = numbersIn(row, 'counts');
  if (
    places.length !== held.length ||
    held.some((count) => !(count >= 0)) ||
    held.reduce((sum, count) => sum + count, 0) !== present
  )
    throw new UnsoundAnswerError('counts', 'counts of each place that add up to present', row.counts);
  const counts = new Array<number>(edges.length + 1).fill(0);
  let cell = 0;
  places.forEach((place, i) => {
    while (cell < edges.length && place > edges[cell]!) cell++;
    counts[cell]! += held[i]!;
  });
  return {
    feature: row.feature as string,
    n,
    nulls: n - present,
    counts,
    mean: numberIn(row, 'mean') ?? Number.NaN,
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
        (await run(build(features), signal)).map((row) => [row.feature, numbersIn(row, 'quantiles')]),
      );
      const value = Object.fromEntries(features.map((name) => [name, found.get(name) ?? []]));
      return { value, query: abridged(build, features) };
    },
    async featureHistograms(scope, cells, signal) {
      const build = (names: string[]) =>
        statements.histograms(scope, Object.fromEntries(names.map((name) => [name, cells[name]!.grid])));
      const features = Object.keys(cells);
      const found = new Map((await run(build(features), signal)).map((row) => [row.feature, row]));
      const value = features.map((name) => {
        const row = found.get(name);
        if (row === undefined) throw new UnsoundAnswerError('feature', `a row for ${name}`, found.size);
        return histogramOf(row, cells[name]!);
      });
      return { value, query: abridged(build, features) };
    },
    async predictionOutcomes(scope, signal) {
      const statement = statements.outcomes(scope);
      const row = onlyRow(await run(statement, signal));
      const value = {
        ...outcomesOf(row),
        latency_p99_low_ms: numberIn(row, 'latency_p99_low_ms'),
        latency_p99_high_ms: numberIn(row, 'latency_p99_high_ms'),
      };
      return { value, query: shown(statement) };
    },
    async predictionTrend(scope, bucketSeconds, features, signal) {
      const statement = statements.trend(scope, bucketSeconds, features);
      const rows = await run(statement, signal);
      const value = rows.map((row) => ({
        at: row.at as string,
        ...outcomesOf(row),
        means: Object.fromEntries(features.map((name, i) => [name, numberIn(row, `mean_${i}`)])),
      }));
      return { value, query: shown(statement) };
    },
    async batchQuality(scope: Scope, expectedFeatures, parts, signal) {
      const names = Object.keys(parts);
      const statement = statements.quality(scope, expectedFeatures, Object.values(parts));
      const row = onlyRow(await run(statement, signal));
      const record_count = countIn(row, 'record_count');
      return {
        value: {
          record_count,
          cells: record_count * expectedFeatures.length,
          null_cells: countIn(row, 'null_cells'),
          null_cells_in: Object.fromEntries(names.map((name, i) => [name, countIn(row, `nulls_${i}`)])),
          schema_violations: countIn(row, 'schema_violations'),
          repeated: record_count - countIn(row, 'distinct_ids'),
        },
        query: abridged((features) => statements.quality(scope, features, []), expectedFeatures),
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
