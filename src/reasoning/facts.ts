import type { TimeWindow } from '../domain/measurement.ts';
import type { Deployment, Infrastructure, ModelVersion } from '../domain/platform.ts';
import type { FeatureShift } from '../domain/stats/drift.ts';
import type { MetricsRow, PipelineRunRow, QualityRow, TrendPoint } from '../domain/warehouse-rows.ts';

/** `facts` of stored evidence, by tool: the findings of checks and histories, from which a diagnosis reasons. */

/** check_drift */
export interface DriftFacts {
  kind: 'drift';
  model: string;
  version: string;
  reference: TimeWindow;
  window: TimeWindow;
  aggregate: number;
  aggregate_raw: number;
  features: FeatureShift[];
  /** The platform's own figure, for comparison; null when it gave none. */
  platform_aggregate: number | null;
}

/** query_snowflake */
export interface OutcomeFacts {
  kind: 'outcomes';
  model: string;
  version: string;
  window: TimeWindow;
  /** The window of F1 and of the label counts, where labels take long; absent: `window`. */
  labelled_window?: TimeWindow;
  n: number;
  labelled: number;
  positives: number;
  f1: number | null;
  f1_interval: [number, number] | null;
  precision: number | null;
  recall: number | null;
  baseline_f1: number;
  flagged_share: number;
  baseline_flagged_share: number;
  latency_p99_ms: number | null;
}

/** check_model_health */
export interface HealthFacts {
  kind: 'health';
  model: string;
  active_version: string;
  /** Null when no system serves the model. */
  status: string | null;
  infrastructure: Infrastructure | null;
  /** MODEL_METRICS of the last day, newest last. */
  exported: MetricsRow[];
  disagreements: string[];
}

/** check_data_quality */
export interface QualityFacts {
  kind: 'quality';
  pipeline: string;
  window: TimeWindow;
  record_count: number;
  expected_count: number | null;
  null_rate: number;
  schema_violations: number;
  /** Rows of a prediction that has a row already: loaded twice. */
  repeated_rows: number;
  /** Null share by feature, highest first, at most ten. */
  reported: QualityRow[];
}

/** query_snowflake_history, first item */
export interface TrendFacts {
  kind: 'trend';
  model: string;
  window: TimeWindow;
  bucket_seconds: number;
  points: TrendPoint[];
  /** The time at which each series left its level, by least squares on two levels: features, F1, flagged share, latency. */
  onsets: { series: string; at: string; before: number; after: number; abrupt: boolean }[];
  /** The earliest of those that date the fault: drifted features, else the series of the strategy; null when none did. */
  onset: string | null;
  /** All rows since the onset, but at most of the policy's window; null without an onset. */
  arrivals: { window: TimeWindow; n: number } | null;
  /** Labels before the onset; without one, before the last of the policy's windows. */
  before: { labelled: number; positives: number };
  labelled_since_onset: number;
  positives_since_onset: number;
}

/** query_snowflake_history, second item */
export interface UpstreamFacts {
  kind: 'upstream';
  window: TimeWindow;
  runs: PipelineRunRow[];
  /** Changes of schema version or source, and failed or duplicated runs, in words with times. */
  changes: {
    at: string;
    pipeline: string;
    what: 'schema_version' | 'source' | 'failed' | 'retried' | 'duplicate' | 'missing' | 'message';
    text: string;
  }[];
}

/** compare_model_versions */
export interface VersionFacts {
  kind: 'versions';
  active: string;
  versions: ModelVersion[];
  deployments: Deployment[];
  /** The active version during the day before it last took the traffic; null when it had never had it. */
  earlier: { f1: number | null; positives: number; window: TimeWindow } | null;
  /** F1 of each version over its own recent labelled rows, and the latency of all of them. */
  recent_f1: {
    version: string;
    f1: number | null;
    positives: number;
    latency_p99_ms: number | null;
    window: TimeWindow;
  }[];
}

/** search_runbooks and search_incidents: hits stand in `documents`. */
export interface SearchFacts {
  kind: 'search';
  query: string;
  method: string;
  hits: number;
  /** Set when there were candidates and none was near enough: the best one's likelihood and the limit it missed. */
  abstained?: { score: number; limit: number };
  /** The documents the hits stand in, best first. */
  found: { file: string; title: string; incident_id: string | null }[];
}

export type Facts =
  | DriftFacts
  | OutcomeFacts
  | HealthFacts
  | QualityFacts
  | TrendFacts
  | UpstreamFacts
  | VersionFacts
  | SearchFacts;
