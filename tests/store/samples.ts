import type { ActionRecord, DecisionRecord } from '../../src/domain/actions/record.ts';
import type { AlertInput } from '../../src/domain/alert.ts';
import type { IncidentView, TraceEvent } from '../../src/domain/incident.ts';

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

/** An action that was proposed and, unless told otherwise, is done. */
export function sampleAction(over: Partial<ActionRecord> = {}): ActionRecord {
  return {
    action_id: `${over.action ?? 'retrain_model'}.1`,
    action: 'retrain_model',
    tool: 'trigger_retraining',
    params: { model: 'classifier', since: '2026-02-28T13:00:00Z' },
    hash: '0123456789abcdef',
    title: 'Retrain classifier on rows since 13:00',
    why: 'V14 and V17 changed scale upstream',
    risk: 'uses the training cluster for about a minute',
    undo: 'stop the job; nothing is deployed',
    facts: ['21,000 labelled rows since the change'],
    live: { version: 'v2', baseline_f1: 0.91 },
    state: 'done',
    details: 'job train-1 made v3',
    proposed_at: '2026-02-28T14:33:00.000Z',
    at: '2026-02-28T14:35:00.000Z',
    needed: 1,
    decisions: [],
    approval: null,
    replaced: [],
    attempt: 1,
    result: null,
    done_at: null,
    checks: [],
    ended_at: null,
    ...over,
  };
}

/** An action that people are asked for, under approval id `abcd1234` unless told otherwise. */
export function sampleAsked(over: Partial<ActionRecord> & { approval_id?: string } = {}): ActionRecord {
  const { approval_id = 'abcd1234', ...rest } = over;
  return sampleAction({
    state: 'awaiting',
    approval: {
      approval_id,
      requested_at: '2026-02-28T14:33:00.000Z',
      tier: 'on-call',
      tier_index: 0,
      tier_deadline: '2026-02-28T14:38:00.000Z',
      expires_at: '2026-03-01T14:33:00.000Z',
    },
    ...rest,
  });
}

/** A decision on `abcd1234` that counted. */
export function sampleDecision(over: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    approval_id: 'abcd1234',
    decision: 'deny',
    by: 'ana',
    at: '2026-02-28T14:34:00.000Z',
    reason: 'v1 is older',
    counted: true,
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
    log: [],
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
    policy_version: 'p1',
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
