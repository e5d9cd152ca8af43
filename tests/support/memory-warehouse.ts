import type { TimeWindow } from '../../src/domain/measurement.ts';
import type { Cells } from '../../src/domain/stats/drift.ts';
import { quantileRanks } from '../../src/domain/stats/interval.ts';
import type {
  IncidentRow,
  MetricsRow,
  PipelineRunRow,
  PredictionOutcomes,
  QualityRow,
  TrendPoint,
} from '../../src/domain/warehouse-rows.ts';
import type {
  Answer,
  BatchQuality,
  FeatureHistogram,
  Scope,
  Warehouse,
  WarehouseError,
} from '../../src/warehouse/port.ts';
import { countOver, quantilesOf } from './counted.ts';

/** One row of PREDICTION_LOGS. `features` are in the order of the warehouse's feature names. */
export interface LoggedRow {
  at: number;
  version: string;
  features: ArrayLike<number | null>;
  prediction: 0 | 1;
  label: 0 | 1 | null;
  latency_ms: number;
  /** The record had a field missing, unexpected or not numeric. */
  violates?: boolean;
}

/** The warehouse port over arrays, computing what the SQL would. Set `failure` to have every read reject with it. */
export class MemoryWarehouse implements Warehouse {
  readonly system = 'memory';
  readonly model: string;
  readonly features: readonly string[];
  rows: LoggedRow[] = [];
  metrics: MetricsRow[] = [];
  quality: QualityRow[] = [];
  runs: PipelineRunRow[] = [];
  incidentRows: IncidentRow[] = [];
  failure: WarehouseError | null = null;
  /** Names of the port's methods, in the order of their calls. */
  readonly calls: string[] = [];

  constructor(model: string, features: readonly string[]) {
    this.model = model;
    this.features = features;
  }

  async featureQuantiles(scope: Scope, features: string[], probabilities: number[]) {
    const rows = this.scan('featureQuantiles', scope);
    const value = Object.fromEntries(
      features.map((feature) => {
        const sorted = this.values(rows, feature).sort((a, b) => a - b);
        return [feature, quantilesOf(sorted, probabilities)];
      }),
    );
    return answer(value, scope);
  }

  async featureHistograms(scope: Scope, cells: Record<string, Cells>) {
    const rows = this.scan('featureHistograms', scope);
    const value = Object.entries(cells).map(([feature, own]): FeatureHistogram => {
      const values = this.values(rows, feature);
      return {
        feature,
        n: rows.length,
        nulls: rows.length - values.length,
        counts: countOver(own, values.length, (i) => values[i]!),
        mean: values.reduce((a, b) => a + b, 0) / values.length,
      };
    });
    return answer(value, scope);
  }

  async predictionOutcomes(scope: Scope) {
    return answer(outcomes(this.scan('predictionOutcomes', scope)), scope);
  }

  async predictionTrend(scope: Scope, bucketSeconds: number, features: string[]) {
    const origin = Date.parse(scope.window.from);
    const buckets = Map.groupBy(this.scan('predictionTrend', scope), (row) =>
      Math.floor((row.at - origin) / (bucketSeconds * 1000)),
    );
    const value = [...buckets]
      .sort(([a], [b]) => a - b)
      .map(([bucket, rows]): TrendPoint => {
        const means = features.map((feature) => {
          const values = this.values(rows, feature);
          return [feature, values.length ? values.reduce((a, b) => a + b, 0) / values.length : null];
        });
        return {
          at: new Date(origin + bucket * bucketSeconds * 1000).toISOString(),
          ...outcomes(rows),
          means: Object.fromEntries(means),
        };
      });
    return answer(value, scope);
  }

  async batchQuality(
    scope: Scope,
    expectedFeatures: string[],
    parts: Readonly<Record<string, string[]>> = {},
  ) {
    const rows = this.scan('batchQuality', scope);
    const nullsIn = (features: string[]) =>
      features.reduce((sum, feature) => sum + rows.length - this.values(rows, feature).length, 0);
    const value: BatchQuality = {
      record_count: rows.length,
      cells: rows.length * expectedFeatures.length,
      null_cells: nullsIn(expectedFeatures),
      null_cells_in: Object.fromEntries(Object.entries(parts).map(([name, of]) => [name, nullsIn(of)])),
      schema_violations: rows.filter((row) => row.violates).length,
      repeated: 0,
    };
    return answer(value, scope);
  }

  async modelMetrics(model: string, window: TimeWindow) {
    this.note('modelMetrics');
    return answer(
      within(this.metrics, window, (row) => row.model_name === model),
      { model, window },
    );
  }

  async dataQuality(pipeline: string, window: TimeWindow) {
    this.note('dataQuality');
    return answer(
      within(this.quality, window, (row) => row.pipeline_name === pipeline),
      { pipeline, window },
    );
  }

  async pipelineRuns(pipelines: string[], window: TimeWindow) {
    this.note('pipelineRuns');
    return answer(
      within(this.runs, window, (row) => pipelines.includes(row.pipeline_name)),
      { pipelines, window },
    );
  }

  async incidents(window: TimeWindow) {
    this.note('incidents');
    return answer(
      within(this.incidentRows, window, () => true),
      { window },
    );
  }

  async saveIncident(row: IncidentRow) {
    this.note('saveIncident');
    this.incidentRows = [...this.incidentRows.filter((r) => r.incident_id !== row.incident_id), row];
  }

  async close() {}

  private note(call: string): void {
    this.calls.push(call);
    if (this.failure) throw this.failure;
  }

  private scan(call: string, { model, version, window, labelled }: Scope): LoggedRow[] {
    this.note(call);
    const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
    return this.rows.filter(
      (row) =>
        model === this.model &&
        row.at >= from &&
        row.at < to &&
        (version === undefined || row.version === version) &&
        (!labelled || row.label !== null),
    );
  }

  private values(rows: LoggedRow[], feature: string): number[] {
    const column = this.features.indexOf(feature);
    return rows.flatMap((row) => row.features[column] ?? []);
  }
}

function answer<T>(value: T, asked: unknown): Answer<T> {
  return { value, query: JSON.stringify(asked) };
}

function within<T extends { timestamp: string }>(
  rows: T[],
  { from, to }: TimeWindow,
  keep: (row: T) => boolean,
): T[] {
  return rows.filter((row) => row.timestamp >= from && row.timestamp < to && keep(row));
}

function outcomes(rows: LoggedRow[]): PredictionOutcomes {
  const having = (prediction: number, label: number) =>
    rows.filter((row) => row.prediction === prediction && row.label === label).length;
  const times = rows.map((row) => row.at).sort((a, b) => a - b);
  const labelled = rows
    .filter((row) => row.label !== null)
    .map((row) => row.at)
    .sort((a, b) => a - b);
  const latencies = rows.map((row) => row.latency_ms).sort((a, b) => a - b);
  const { low, high } = quantileRanks(latencies.length, 0.99);
  const iso = (time: number | undefined) => (time === undefined ? null : new Date(time).toISOString());
  return {
    n: rows.length,
    flagged: rows.filter((row) => row.prediction === 1).length,
    labelled: rows.filter((row) => row.label !== null).length,
    tp: having(1, 1),
    fp: having(1, 0),
    fn: having(0, 1),
    tn: having(0, 0),
    last_labelled_at: iso(labelled.at(-1)),
    timed: latencies.length,
    latency_p99_ms: quantilesOf(latencies, [0.99])[0] ?? null,
    latency_p99_low_ms: low === null ? null : latencies[low - 1]!,
    latency_p99_high_ms: high === null ? null : latencies[high - 1]!,
    first_at: iso(times[0]),
    last_at: iso(times.at(-1)),
  };
}
