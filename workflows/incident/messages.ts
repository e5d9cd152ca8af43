import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Alert } from '../../src/domain/alert.ts';
import type { Decision, Operation, Receipt } from '../../src/domain/decision.ts';
import type { IncidentView, Symptom } from '../../src/domain/incident.ts';

export const INCIDENT_WORKFLOW = 'incident';
export const POLL_WORKFLOW = 'poll';
/** Workflows and reading activities. */
export const TASK_QUEUE = 'agentops';
/** Activities that change something; model calls and searches cannot starve them. */
export const REMEDIATION_QUEUE = 'agentops-remediation';

/** One open incident per component: `incident-<environment>-<component without version>`. */
export function incidentWorkflowId(environment: string, component: string): string {
  return `incident-${environment}-${component}`;
}

/** Arguments of the `incident` workflow; alerts come by signal, never by argument. */
export interface IncidentInput {
  component: string;
  environment: string;
  /** Set by continue-as-new alone. */
  carried?: CarriedIncident;
}

/** What a run hands to its continuation. */
export interface CarriedIncident {
  incidentId?: string;
  epoch: string;
  view?: IncidentView;
  pendingAlerts: Alert[];
  /** The step to go on from; see `IncidentState`. */
  resume?: unknown;
  previousIncident?: string;
  heldBack?: Symptom[];
}

/** At most this many alerts in one signal. */
export const MAX_ALERT_BATCH = 200;

/** Alerts in, firing or resolved; at most 200. Delivered with signalWithStart, so no worker needs to be up. */
export const alertSignal = defineSignal<[Alert[]]>('alert');
/** A decision on an approval, as people send it from Temporal Web and the CLI. */
export const decideSignal = defineSignal<[Decision]>('decide');
/** The same decision with an answer; refused by a validator with one of `REFUSALS` as failure type. */
export const decideUpdate = defineUpdate<Receipt, [Decision]>('decide');
export const operateSignal = defineSignal<[Operation]>('operate');
export const operateUpdate = defineUpdate<Receipt, [Operation]>('operate');
export const incidentQuery = defineQuery<IncidentView>('incident');
