/** What the warehouse answers of one model, and rows of its tables. Times are ISO 8601 UTC. */

/** Outcomes of a scope's predictions. Labels arrive late: the confusion counts cover labelled rows only. */
export interface PredictionOutcomes {
  n: number;
  flagged: number;
  labelled: number;
  tp: number;
  fp: number;
  fn: number;
  tn: number;
  /** When the newest row that has its label was scored. */
  last_labelled_at: string | null;
  /** Rows with a latency: a number that is not negative. */
  timed: number;
  latency_p99_ms: number | null;
  /** 95 % interval of the p99: order statistics of the same rows. Null where there are too few. */
  latency_p99_low_ms: number | null;
  latency_p99_high_ms: number | null;
  first_at: string | null;
  last_at: string | null;
}

export interface TrendPoint extends Omit<PredictionOutcomes, 'latency_p99_low_ms' | 'latency_p99_high_ms'> {
  /** Start of the bucket. */
  at: string;
  /** Mean of each asked feature within the bucket. */
  means: Record<string, number | null>;
}

export interface MetricsRow {
  timestamp: string;
  model_name: string;
  f1: number;
  precision: number;
  recall: number;
  auc: number;
  drift_score: number;
  latency_p99: number;
}

export interface QualityRow {
  timestamp: string;
  pipeline_name: string;
  null_rate: number;
  schema_violations: number;
  record_count: number;
  status: string;
}

export interface PipelineRunRow {
  timestamp: string;
  pipeline_name: string;
  run_id: string;
  status: string;
  record_count: number;
  schema_version: string;
  source: string;
  message: string;
}

export interface IncidentRow {
  incident_id: string;
  timestamp: string;
  alert_type: string;
  severity: string;
  root_cause: string;
  resolution: string;
  duration_minutes: number;
}
