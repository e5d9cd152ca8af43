import type { AlertInput } from '../../src/domain/alert.ts';
import type { ActionTaken, Approval, IncidentView, TraceEvent } from '../../src/domain/incident.ts';

/** Valid objects for tests; override what the test is about. */

export function sampleAlert(over: Partial<AlertInput> = {}) {
  return {
    alert_type: 'model_drift' as const,
    severity: 'critical' as const,
    affected_component: 'classifier_v2',
    metrics: { drift_score: 0.45 },
    timestamp: '2026-02-28T14:32:00Z',
    status: 'firing' as const,
    source: 'test',
    source_key: 'k1',
    ...over,
  };
}

export function sampleApproval(over: Partial<Approval> = {}): Approval {
  return {
    approval_id: 'abcd1234',
    step: 'retrain',
    action: 'retrain_model',
    tool: 'trigger_retraining',
    params: { model: 'classifier', since: '2026-02-28T13:00:00Z' },
    title: 'Retrain classifier on rows since 13:00',
    why: 'V14 and V17 changed scale upstream',
    risk: 'uses the training cluster for about a minute',
    undo: 'stop the job; nothing is deployed',
    facts: ['21,000 labelled rows since the change'],
    requested_at: '2026-02-28T14:33:00.000Z',
    status: 'open',
    tier: 'on-call',
    tier_index: 0,
    tier_deadline: '2026-02-28T14:38:00.000Z',
    expires_at: '2026-03-01T14:33:00.000Z',
    also: [],
    ...over,
  };
}

export function sampleView(over: Partial<IncidentView> = {}): IncidentView {
  return {
    incident_id: 'INC-2026-0228',
    workflow_id: 'incident-test-classifier',
    run_id: 'run-1',
    component: 'classifier',
    environment: 'test',
    status: 'in_progress',
    phase: 'remediate',
    severity: 'critical',
    alert_type: 'model_drift',
    summary: 'aggregate PSI 0.45 > 0.3 on classifier_v2',
    opened_at: '2026-02-28T14:32:00.000Z',
    updated_at: '2026-02-28T14:33:00.000Z',
    closed_at: null,
    symptoms: [],
    alert_count: 1,
    diagnosis: null,
    evidence: [],
    actions: [],
    approvals: [],
    step_id: null,
    waiting_for: 'a decision on retraining',
    error: null,
    acknowledged_by: null,
    f1_before: 0.82,
    f1_after: null,
    detect_ms: 20_000,
    diagnose_ms: 6_000,
    act_ms: null,
    previous_incident: null,
    version: 1,
    ...over,
  };
}

export function sampleEvent(over: Partial<TraceEvent> = {}): TraceEvent {
  return {
    at: '2026-02-28T14:33:00.000Z',
    actor: 'Monitor',
    what: 'check_drift',
    result: 'PSI 0.45',
    ...over,
  };
}

export function sampleAction(over: Partial<ActionTaken> = {}): ActionTaken {
  return {
    action: 'retrain_model',
    status: 'completed',
    details: 'job train-1 made v3',
    at: '2026-02-28T14:35:00.000Z',
    ...over,
  };
}
