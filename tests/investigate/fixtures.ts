import { expect } from '@jest/globals';
import type { Alert, AlertType } from '../../src/domain/alert.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import type { ModelVersion } from '../../src/domain/platform.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import type { FeatureShift } from '../../src/domain/stats/drift.ts';
import type { DiagnoseInput } from '../../src/reasoning/case-file.ts';
import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import type {
  DriftFacts,
  Facts,
  HealthFacts,
  OutcomeFacts,
  QualityFacts,
  TrendFacts,
  UpstreamFacts,
  VersionFacts,
} from '../../src/reasoning/facts.ts';
import { faultsOf } from '../../src/reasoning/grounding/check.ts';
import { riskyOf } from '../../src/reasoning/plan.ts';

/** Synthetic facts of a component that is well; tests spoil what they need. */

export const NOW = '2026-11-23T12:00:00.000Z';
export const ONSET = '2026-11-23T11:00:00.000Z';
const hour = { from: ONSET, to: NOW };
const day = { from: '2026-11-22T12:00:00.000Z', to: NOW };

export const policy = Policy.parse({
  components: { classifier: { model: 'classifier', pipelines: ['transactions'] } },
});

export const FEATURES = [...Array.from({ length: 28 }, (_, i) => `V${i + 1}`), 'amount'];

export function feature(name: string, psi = 0.01): FeatureShift {
  return {
    feature: name,
    importance: name === 'V14' ? 0.36 : name === 'V17' ? 0.27 : 0.37 / 27,
    psi,
    psi_corrected: psi,
    psi_values: psi,
    ks: psi / 2,
    ks_error_bound: 0,
    p_value: psi > 0.2 ? 0 : 0.6,
    n_reference: 20_000,
    n_current: 60_000,
    nulls_reference: 0,
    nulls_current: 0,
    mean_reference: 0,
    mean_current: psi > 0.2 ? 1.05 : 0.01,
    significant: psi > 0.2,
    drifted: psi > 0.2,
  };
}

export const drift = (psis: Record<string, number> = {}, aggregate = 0.02): DriftFacts => ({
  kind: 'drift',
  model: 'classifier',
  version: 'v2',
  reference: day,
  window: hour,
  aggregate,
  aggregate_raw: aggregate,
  features: FEATURES.map((name) => feature(name, psis[name])),
  platform_aggregate: aggregate,
});

export const outcomes = (over: Partial<OutcomeFacts> = {}): OutcomeFacts => ({
  kind: 'outcomes',
  model: 'classifier',
  version: 'v2',
  window: hour,
  n: 60_000,
  labelled: 60_000,
  positives: 1_200,
  f1: 0.91,
  f1_interval: [0.9, 0.92],
  precision: 0.93,
  recall: 0.89,
  baseline_f1: 0.91,
  flagged_share: 0.02,
  baseline_flagged_share: 0.02,
  latency_p99_ms: 120,
  ...over,
});

export const fallen = (over: Partial<OutcomeFacts> = {}) =>
  outcomes({ f1: 0.82, f1_interval: [0.8, 0.84], recall: 0.72, ...over });

export const health = (over: Partial<NonNullable<HealthFacts['infrastructure']>> = {}): HealthFacts => ({
  kind: 'health',
  model: 'classifier',
  active_version: 'v2',
  status: 'ok',
  infrastructure: {
    replicas: 3,
    cpu: 0.4,
    memory: 0.5,
    queue: 2,
    batch_size: 64,
    model_size_mb: 4,
    ...over,
  },
  exported: [],
  disagreements: [],
});

export const quality = (over: Partial<QualityFacts> = {}): QualityFacts => ({
  kind: 'quality',
  pipeline: 'transactions',
  window: hour,
  record_count: 60_000,
  expected_count: 60_000,
  null_rate: 0.001,
  schema_violations: 12,
  repeated_rows: 0,
  reported: [],
  ...over,
});

export const trend = (
  onsets: { series: string; abrupt?: boolean }[] = [],
  rows = { labelled: 90_000, positives: 1_800 },
): TrendFacts => ({
  kind: 'trend',
  model: 'classifier',
  window: day,
  bucket_seconds: 600,
  points: [],
  onsets: onsets.map(({ series, abrupt = true }) => ({ series, abrupt, at: ONSET, before: 0, after: 1.05 })),
  onset: onsets.length > 0 ? ONSET : null,
  arrivals: onsets.length > 0 ? { window: hour, n: 60_000 } : null,
  before: { labelled: 30_000, positives: 600 },
  labelled_since_onset: rows.labelled,
  positives_since_onset: rows.positives,
});

export const upstream = (
  ...changes: { what: UpstreamFacts['changes'][number]['what']; at?: string; text?: string }[]
): UpstreamFacts => ({
  kind: 'upstream',
  window: day,
  runs: [],
  changes: changes.map(({ what, at = ONSET, text = `transactions: ${what} changed` }) => ({
    what,
    at,
    text,
    pipeline: 'transactions',
  })),
});

const version = (
  name: string,
  status: ModelVersion['status'],
  over: Partial<ModelVersion> = {},
): ModelVersion => ({
  version: name,
  status,
  trained_at: '2026-11-01T00:00:00.000Z',
  training: {
    from: '2026-10-20T00:00:00.000Z',
    to: '2026-10-30T00:00:00.000Z',
    rows: 60_000,
    positives: 1_200,
  },
  baseline: { f1: 0.91, precision: 0.93, recall: 0.89, flagged_share: 0.02 },
  importances: {},
  threshold: 0.5,
  ...over,
});

export const versions = ({
  deployedAt = '2026-11-02T00:00:00.000Z',
  active = {},
  previousF1 = 0.905,
  activeF1 = 0.82,
}: {
  deployedAt?: string;
  active?: Partial<ModelVersion>;
  previousF1?: number | null;
  activeF1?: number;
} = {}): VersionFacts => ({
  kind: 'versions',
  active: 'v2',
  versions: [version('v1', 'standby'), version('v2', 'live', active)],
  deployments: [
    { at: deployedAt, kind: 'deploy', from: 'v1', to: 'v2', by: 'ci', incident: null, reason: 'release' },
  ],
  earlier: null,
  recent_f1: [
    { version: 'v1', f1: previousF1, positives: 900, latency_p99_ms: 110, window: day },
    { version: 'v2', f1: activeF1, positives: 900, latency_p99_ms: 120, window: hour },
  ],
});

const TOOL: Record<Facts['kind'], string> = {
  drift: 'check_drift',
  outcomes: 'query_snowflake',
  health: 'check_model_health',
  quality: 'check_data_quality',
  trend: 'query_snowflake_history',
  upstream: 'query_snowflake_history',
  versions: 'compare_model_versions',
  search: 'search_runbooks',
};

export function evidence(facts: Facts, i: number): Evidence {
  const tool = TOOL[facts.kind];
  return {
    id: `ev_${tool}_${i.toString(16).padStart(8, '0')}`,
    incident_id: 'INC-2026-1123',
    tool,
    system: 'test',
    asked: 'test',
    at: NOW,
    summary: facts.kind,
    facts,
  };
}

export function alert(alert_type: AlertType, over: Partial<Alert> = {}): Alert {
  return {
    alert_id: 'alert_2026-11-23_001',
    severity: 'critical',
    alert_type,
    affected_component: 'classifier_v2',
    metrics: {},
    timestamp: NOW,
    status: 'firing',
    fingerprint: `${alert_type}:classifier`,
    source: 'monitor',
    source_key: 'k',
    summary: alert_type,
    labels: {},
    starts_at: NOW,
    ...over,
  };
}

/** A case in which every tool answered and all is well, but for the facts given; each replaces its kind. */
export function caseOf(
  strategy: AlertType,
  spoilt: Facts[],
  over: Partial<DiagnoseInput> = {},
): DiagnoseInput {
  const well: Facts[] = [
    drift(),
    outcomes(),
    health(),
    quality(),
    trend(),
    upstream(),
    versions({ activeF1: 0.91 }),
  ];
  const kept = well.filter((facts) => !spoilt.some(({ kind }) => kind === facts.kind));
  return {
    strategy,
    alerts: [alert(strategy)],
    evidence: [...kept, ...spoilt].map(evidence),
    pastActions: [],
    policy,
    missing: [],
    ...over,
  };
}

export const DRIFTED = { V14: 0.8, V17: 0.6 };

/** The drift story: two features changed at the onset, with the schema of the pipeline, and F1 fell. */
export const driftStory = (rows?: { labelled: number; positives: number }) => [
  drift(DRIFTED, 0.45),
  fallen(),
  trend([{ series: 'V14' }, { series: 'V17' }, { series: 'f1' }], rows),
  upstream(
    { what: 'schema_version', text: 'transactions: schema 3 → 4 at 2026-11-23 11:00 UTC' },
    { what: 'source', text: 'transactions: source vendor-a/v1 → vendor-a/v2 at 2026-11-23 11:00 UTC' },
  ),
  versions(),
];

export const deployedAtOnset = { deployedAt: '2026-11-23T10:58:00.000Z' };

/** The risky actions that a diagnosis proposes, in order. */
export const riskyNames = (diagnosis: Diagnosis) =>
  riskyOf(diagnosis.recommended_actions).map(({ action }) => action);

/** A diagnosis by rules whose claims all stand on what they cite. */
export function grounded(input: DiagnoseInput): Diagnosis {
  const diagnosis = diagnoseByRules(input);
  expect(faultsOf(diagnosis, input)).toEqual([]);
  return diagnosis;
}
