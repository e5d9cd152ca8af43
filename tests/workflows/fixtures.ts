import type { Alert } from '../../src/domain/alert.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import type { ModelCall } from '../../src/domain/model-call.ts';
import type { TrainingJob } from '../../src/domain/platform.ts';

export const DIAGNOSIS: Diagnosis = {
  alert_id: '',
  root_cause: 'V14 and V17 changed upstream',
  confidence: 0.9,
  evidence: [],
  recommended_actions: [
    { action: 'send_slack_alert', priority: 1, requires_approval: false },
    { action: 'create_github_issue', priority: 2, requires_approval: false },
    { action: 'retrain_model', priority: 3, requires_approval: true },
    {
      action: 'rollback_model',
      priority: 4,
      requires_approval: true,
      condition: 'if retrain fails',
      only_after_failure: true,
    },
  ],
  runbook_reference: 'runbook_model_drift.md#section-3-2',
  similar_incidents: [],
  verdict: 'confirmed',
  category: 'upstream_change',
  claims: [{ text: 'V14 PSI 0.80', evidence: ['ev_check_drift_00000000'] }],
  diagnosed_by: 'rules',
  not_found: [],
  onset: '2026-11-23T07:00:00.000Z',
};

export function alert(given: Partial<Alert> = {}): Alert {
  const at = new Date().toISOString();
  const type = given.alert_type ?? 'model_drift';
  return {
    alert_id: 'alert_2026-11-23_001',
    severity: 'critical',
    alert_type: type,
    affected_component: 'classifier_v2',
    metrics: { drift_score: 0.45 },
    timestamp: at,
    status: 'firing',
    fingerprint: `${type}:classifier`,
    source: 'agentops-monitor',
    source_key: 'k',
    summary: 'Aggregate PSI 0.45 (limit 0.30)',
    labels: {},
    starts_at: at,
    ...given,
  };
}

export function measurement(rule: Measurement['rule'], state: Measurement['state']): Measurement {
  return {
    rule,
    state,
    value: state === 'firing' ? 0.45 : 0.02,
    threshold: 0.3,
    window: { from: '2026-11-23T07:00:00.000Z', to: '2026-11-23T08:00:00.000Z' },
    samples: { current: 90_000 },
    numbers: {},
    query: 'select 1',
    text: `${rule} ${state}`,
  };
}

export function accuracy(f1: number, clear: boolean): Measurement {
  return {
    ...measurement('accuracy_drop', f1 > 0.9 || clear ? 'clear' : 'firing'),
    samples: { positives: 400 },
    numbers: { current_f1: f1, f1_lower: f1 - 0.01, f1_upper: f1 + 0.01, baseline_f1: 0.911 },
  };
}

export function trainingJob(outcome: 'works' | 'fails' | 'does_not_help'): TrainingJob {
  const helped = outcome === 'works';
  return {
    id: 'job-1',
    model: 'classifier',
    status: outcome === 'fails' ? 'failed' : 'succeeded',
    progress: 1,
    message: outcome === 'fails' ? 'out of memory' : 'done',
    created_at: '2026-11-23T08:00:00.000Z',
    finished_at: '2026-11-23T08:01:00.000Z',
    since: '2026-11-23T07:00:00.000Z',
    incident: null,
    result:
      outcome === 'fails'
        ? null
        : {
            version: 'v3',
            champion: 'v2',
            training: { from: 'a', to: '2026-11-23T07:20:00Z', rows: 20_000, positives: 400 },
            holdout: { from: '2026-11-23T07:20:00Z', to: 'c', rows: 55_000, positives: 1_100 },
            candidate_confusion: helped
              ? { tp: 1000, fp: 90, fn: 100, tn: 0 }
              : { tp: 850, fp: 140, fn: 250, tn: 0 },
            champion_confusion: { tp: 860, fp: 140, fn: 240, tn: 0 },
          },
  };
}

export function modelCall(outcome: ModelCall['outcome'], detail: string): ModelCall {
  return { model: 'llama3', prompt: 'diagnose@1', outcome, detail, tokens_in: 900, tokens_out: 80, ms: 1200 };
}
