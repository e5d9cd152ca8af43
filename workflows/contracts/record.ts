import type { IncidentView, TraceEvent } from '../../src/domain/incident.ts';
import type { IncidentPatch } from '../../src/domain/incident-patch.ts';
import type { PastAction } from '../../src/domain/past-action.ts';
import type { IncidentPolicy } from '../../src/domain/policy/incident.ts';

/** Inputs and answers of the bookkeeping activities. */

/** What an incident's run needs to know from outside, fetched once by its first activity. */
export interface IncidentContext {
  incidentId: string;
  /** The run that asked, as the activity saw it. */
  runId: string;
  policy: IncidentPolicy;
  /** Content hash of the whole policy; activities of the incident read that version, whatever is in force by then. */
  policyVersion: string;
  /** False: policy knows no such component, so nobody measures it and no platform action is possible. */
  measured: boolean;
  pastActions: PastAction[];
  /** False where AgentOps* search attributes could not be registered. */
  searchAttributes: boolean;
  /** Base of links for people. */
  publicUrl: string;
}

export interface OpenIncidentRequest {
  workflowId: string;
  /** Survives a reset, so a reset run finds the incident it had. */
  originalRunId: string;
  component: string;
}

/** What changed of a view since the version before, or the whole view: a run's first record is whole. */
export type IncidentChange = { view: IncidentView } | { patch: IncidentPatch };

export interface Recorded {
  /** The run that asked, as the activity saw it: what a reset run finds in the history it shares is the old one. */
  runId: string;
  /** False: the store does not have this run's version before, nothing was written, and the whole view is needed. */
  complete: boolean;
}

export interface RecordActivities {
  /** Idempotent by workflow id and original run id; retried until it succeeds. */
  open_incident(request: OpenIncidentRequest): Promise<IncidentContext>;
  /**
   * Writes what changed of the view, and its new trace events, to the store. Idempotent by version; retried until it succeeds.
   */
  record_incident(change: IncidentChange, events: TraceEvent[]): Promise<Recorded>;
  /** Writes the closed incident into the warehouse and its report into the knowledge base. Idempotent by incident id. */
  write_report(incidentId: string): Promise<{ file: string }>;
}
