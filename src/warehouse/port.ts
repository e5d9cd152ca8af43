import type { TimeWindow } from '../domain/measurement.ts';
import type { Cells } from '../domain/stats/drift.ts';
import type {
  IncidentRow,
  MetricsRow,
  PipelineRunRow,
  PredictionOutcomes,
  QualityRow,
  TrendPoint,
} from '../domain/warehouse-rows.ts';

/** Values that may be bound to a statement's `?` placeholders or come back in a row. Timestamps are ISO 8601 UTC text. */
export type Scalar = string | number | boolean | null;
export type Row = Record<string, Scalar>;

/** Which rows of PREDICTION_LOGS: one model, optionally one version, over a window; `labelled` keeps rows with a label. */
export interface Scope {
  model: string;
  version?: string;
  window: TimeWindow;
  labelled?: boolean;
}

/** Counts of one feature over given cells, one more than these have edges; `nulls` rows have no number. */
export interface FeatureHistogram {
  feature: string;
  n: number;
  nulls: number;
  counts: number[];
  /** NaN without any number. */
  mean: number;
}

/** What a pipeline's batch looks like when measured against its expected schema (design §2: never its status column). */
export interface BatchQuality {
  record_count: number;
  cells: number;
  null_cells: number;
  /** Of these, those in each part that was asked for. */
  null_cells_in: Record<string, number>;
  /** Records with at least one missing, unexpected or non-numeric field. */
  schema_violations: number;
  /** Records whose prediction_id another record of the batch has too, less one each. */
  repeated: number;
}

/** An answer with the statement that produced it, so that evidence can show the query. */
export interface Answer<T> {
  value: T;
  query: string;
}

/**
 * The AGENTOPS database (design §6). Read calls are safe to retry. Implementations push statistics down as SQL; no
 * prediction rows cross the wire. Every call takes an AbortSignal and rejects with WarehouseError.
 */
export interface Warehouse {
  /** `DuckDB` or `Snowflake`, for evidence and messages. */
  readonly system: string;
  /** Quantiles of each feature over a scope, at the given probabilities (ascending). */
  featureQuantiles(
    scope: Scope,
    features: string[],
    probabilities: number[],
    signal?: AbortSignal,
  ): Promise<Answer<Record<string, number[]>>>;
  /** Histogram of each feature over a scope, counted over its own cells; one scan for all features. */
  featureHistograms(
    scope: Scope,
    cells: Record<string, Cells>,
    signal?: AbortSignal,
  ): Promise<Answer<FeatureHistogram[]>>;
  predictionOutcomes(scope: Scope, signal?: AbortSignal): Promise<Answer<PredictionOutcomes>>;
  /** Outcomes and feature means per bucket, oldest first; empty buckets are absent. */
  predictionTrend(
    scope: Scope,
    bucketSeconds: number,
    features: string[],
    signal?: AbortSignal,
  ): Promise<Answer<TrendPoint[]>>;
  /** The rows that came in during a window, measured against the features the model expects. */
  /** @param parts groups of the expected features by name, whose nulls are counted apart as well */
  batchQuality(
    scope: Scope,
    expectedFeatures: string[],
    parts: Readonly<Record<string, string[]>>,
    signal?: AbortSignal,
  ): Promise<Answer<BatchQuality>>;
  modelMetrics(model: string, window: TimeWindow, signal?: AbortSignal): Promise<Answer<MetricsRow[]>>;
  dataQuality(pipeline: string, window: TimeWindow, signal?: AbortSignal): Promise<Answer<QualityRow[]>>;
  pipelineRuns(
    pipelines: string[],
    window: TimeWindow,
    signal?: AbortSignal,
  ): Promise<Answer<PipelineRunRow[]>>;
  incidents(window: TimeWindow, signal?: AbortSignal): Promise<Answer<IncidentRow[]>>;
  /** Idempotent by `incident_id`: a second call replaces the row. */
  saveIncident(row: IncidentRow, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** `permanent` errors (bad login, bad statement) are not worth a retry. */
export class WarehouseError extends Error {
  override name = 'WarehouseError';
  readonly permanent: boolean;
  constructor(message: string, options: { permanent: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.permanent = options.permanent;
  }
}
