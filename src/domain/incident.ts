import { z } from 'zod';
import { Action } from './actions/catalogue.ts';
import { ActionRecord } from './actions/record.ts';
import { AlertType, Severity } from './alert.ts';
import { Diagnosis } from './diagnosis.ts';
import { EvidenceRef } from './evidence.ts';

/** `in_progress` until one of the closing statuses; `escalated` may still go on when a person continues it. */
export const STATUSES = [
  'in_progress',
  'resolved',
  'mitigated',
  'escalated',
  'inconclusive',
  'closed_no_action',
  'closed_by_person',
  'cancelled',
] as const;
export const IncidentStatus = z.enum(STATUSES).meta({ id: 'IncidentStatus' });
export type IncidentStatus = z.infer<typeof IncidentStatus>;

export const PHASES = ['monitor', 'investigate', 'remediate', 'verify', 'cooldown', 'closed'] as const;
export const Phase = z.enum(PHASES).meta({ id: 'Phase' });
export type Phase = z.infer<typeof Phase>;

/** One symptom of an incident: alerts with the same fingerprint, counted. */
export const Symptom = z.object({
  alert_id: z.string(),
  alert_type: AlertType,
  severity: Severity,
  affected_component: z.string(),
  fingerprint: z.string(),
  summary: z.string(),
  source: z.string(),
  metrics: z.record(z.string(), z.number()),
  status: z.enum(['firing', 'resolved']),
  count: z.number().int(),
  first_at: z.string(),
  last_at: z.string(),
});
export type Symptom = z.infer<typeof Symptom>;

/** One line of what an incident did: an action, a check of it, or a message. */
export const ActionTaken = z.object({
  action: z.union([
    Action,
    z.enum([
      'page_on_call',
      'update_slack',
      'close_github_issue',
      'comment_github_issue',
      'evaluation_gate',
      'watch_health',
      'verify',
      'write_report',
    ]),
  ]),
  /** `completed` is said only after a read-back; what went to the outbox is `recorded`. */
  status: z.enum([
    'completed',
    'recorded',
    'awaiting_approval',
    'running',
    'denied',
    'skipped',
    'failed',
    'escalated',
  ]),
  details: z.string(),
  approval_url: z.string().optional(),
  at: z.string(),
});
export type ActionTaken = z.infer<typeof ActionTaken>;

/** The live view of an incident: what the query `incident` answers, the store keeps, and every face shows. */
export const IncidentView = z
  .object({
    incident_id: z.string(),
    workflow_id: z.string(),
    run_id: z.string(),
    component: z.string(),
    environment: z.string(),
    status: IncidentStatus,
    phase: Phase,
    severity: Severity,
    alert_type: AlertType,
    summary: z.string(),
    opened_at: z.string(),
    updated_at: z.string(),
    closed_at: z.string().nullable(),
    symptoms: z.array(Symptom),
    /** All alerts received, repeats included. */
    alert_count: z.number().int(),
    diagnosis: Diagnosis.nullable(),
    evidence: z.array(EvidenceRef),
    actions: z.array(ActionRecord),
    /** Messages and bookkeeping around the actions. */
    log: z.array(ActionTaken),
    /** The step that waits for a person, with the epoch in it; what `operate` names. */
    step_id: z.string().nullable(),
    /** One sentence: what happens now, or who is waited for. */
    waiting_for: z.string(),
    error: z.string().nullable(),
    acknowledged_by: z.string().nullable(),
    f1_before: z.number().nullable(),
    f1_after: z.number().nullable(),
    detect_ms: z.number().nullable(),
    diagnose_ms: z.number().nullable(),
    act_ms: z.number().nullable(),
    previous_incident: z.string().nullable(),
    /** Rises by one at every recorded transition. */
    version: z.number().int(),
    /** Content hash of the policy that it began with and keeps. */
    policy_version: z.string(),
  })
  .meta({ id: 'Incident' });
export type IncidentView = z.infer<typeof IncidentView>;

/** One line of the trace: who did what, when, with what result. */
export const TraceEvent = z
  .object({
    at: z.string(),
    actor: z.enum(['Monitor', 'Investigator', 'Remediator', 'Person', 'AgentOps']),
    /** A tool, a message or a transition: `check_drift`, `decide`, `cooldown`. */
    what: z.string(),
    result: z.string(),
    by: z.string().optional(),
    ms: z.number().optional(),
  })
  .meta({ id: 'TraceEvent' });
export type TraceEvent = z.infer<typeof TraceEvent>;

/** The closing report (design §2). */
export const Resolution = z
  .object({
    alert_id: z.string(),
    incident_id: z.string(),
    actions_taken: z.array(ActionTaken),
    resolution_status: IncidentStatus,
    time_to_detect: z.string(),
    time_to_diagnose: z.string(),
    time_to_act: z.string(),
    detect_ms: z.number().nullable(),
    diagnose_ms: z.number().nullable(),
    act_ms: z.number().nullable(),
    f1_before: z.number().nullable(),
    f1_after: z.number().nullable(),
    trace_mermaid: z.string(),
  })
  .meta({ id: 'Resolution' });
export type Resolution = z.infer<typeof Resolution>;
