import { workflowInfo } from '@temporalio/workflow';
import type { Alert } from '../../src/domain/alert.ts';
import type { IncidentView } from '../../src/domain/incident.ts';
import { MONITOR_SOURCE } from '../../src/domain/triggers/alert.ts';
import type { IncidentContext } from '../contracts/record.ts';
import type { IncidentInput } from './messages.ts';

/** The view of an incident at its first alert. */
export function openingView(input: IncidentInput, context: IncidentContext, first: Alert): IncidentView {
  const info = workflowInfo();
  // Our own Monitor's alert says when it was raised; a worker that was down must not hide the time since.
  const at = first.source === MONITOR_SOURCE ? first.timestamp : new Date().toISOString();
  return {
    incident_id: context.incidentId,
    workflow_id: info.workflowId,
    run_id: info.runId,
    component: input.component,
    environment: input.environment,
    status: 'in_progress',
    phase: 'monitor',
    severity: first.severity,
    alert_type: first.alert_type,
    summary: first.summary,
    opened_at: at,
    updated_at: at,
    closed_at: null,
    symptoms: [],
    alert_count: 0,
    diagnosis: null,
    evidence: [],
    actions: [],
    log: [],
    step_id: null,
    waiting_for: 'the Monitor measures again',
    error: null,
    acknowledged_by: null,
    f1_before: null,
    f1_after: null,
    detect_ms: detectMs(first, context.policy.poll.every),
    diagnose_ms: null,
    act_ms: null,
    previous_incident: input.follows?.incidentId ?? null,
    version: 0,
    policy_version: context.policyVersion,
  };
}

/**
 * At most this long was the trigger true before its alert: the time since the Monitor first saw it, and one poll more, when it
 * was not yet so. Foreign alerts do not say.
 */
function detectMs(first: Alert, pollEvery: number): number | null {
  if (first.source !== MONITOR_SOURCE) return null;
  return Math.max(0, Date.parse(first.timestamp) - Date.parse(first.starts_at)) + pollEvery;
}
