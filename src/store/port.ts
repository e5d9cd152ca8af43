import type { Alert, AlertInput } from '../domain/alert.ts';
import type { DocumentStore } from '../domain/document-store.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { IncidentView, TraceEvent } from '../domain/incident.ts';
import type { InvestigationEvent, InvestigationPatch, InvestigationView } from '../domain/investigation.ts';
import type { Measurement } from '../domain/measurement.ts';
import type { OutgoingMessage, SentMessage } from '../domain/messages.ts';
import type { PastAction } from '../domain/past-action.ts';
import type { MonitorRuleState } from '../domain/triggers/episodes.ts';

export const SCOPES = ['alerts:write', 'incidents:read', 'actions:decide', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface TokenInfo {
  name: string;
  scopes: Scope[];
  created_at: string;
}

export interface StoredEvent extends TraceEvent {
  /** Rises over all incidents: what `Last-Event-ID` counts. */
  id: number;
  incident_id: string;
  version: number;
}

export interface OutboxEntry extends OutgoingMessage {
  id: number;
  ref: string;
  /** For update, comment, close: the `ref` of the entry that this one is about. */
  about?: string;
  at: string;
  status: 'recorded';
}

/** `id` rises over all investigations: what `Last-Event-ID` counts. */
export interface StoredInvestigationEvent {
  id: number;
  event: InvestigationEvent;
}

/** Our own store (design §6). SQLite today, Postgres later behind the same interface; hence every call is async. */
export interface Store extends DocumentStore {
  // Incidents
  /** `INC-2026-1123`, a second on that UTC day `INC-2026-1123-2`. Upsert by workflow id and original run id: a reset finds the same. */
  allotIncident(workflowId: string, originalRunId: string, at: Date): Promise<string>;
  /**
   * Upsert by incident id: the run that was first heard of last wins (a reset's, a continuation's), then the higher version. The events of the transition (several
   * tools may have answered in it) become one row each, numbered by (incident, run, version, index); a retry writes nothing.
   */
  record(view: IncidentView, events: TraceEvent[]): Promise<void>;
  /** By id, newest first. */
  incident(id: string): Promise<IncidentView | null>;
  incidents(filter?: { status?: string; component?: string; limit?: number }): Promise<IncidentView[]>;
  events(incidentId: string): Promise<StoredEvent[]>;
  eventsAfter(id: number, limit?: number): Promise<StoredEvent[]>;
  /** Finds the incident an approval belongs to, and the approval that took its place after a reset. */
  findApproval(approvalId: string): Promise<{ incident_id: string; replaced_by: string | null } | null>;
  pastActions(component: string, since: Date): Promise<PastAction[]>;
  // Alerts
  /** Allots `alert_2026-02-28_001` for a source key, or finds the one it has. */
  acceptAlert(
    input: AlertInput & { source: string; source_key: string },
    at: Date,
    measurement?: Measurement,
  ): Promise<Alert>;
  // Evidence
  /** Idempotent by id. */
  saveEvidence(evidence: Evidence): Promise<void>;
  evidence(ids: string[]): Promise<Evidence[]>;
  evidenceOf(incidentId: string): Promise<Evidence[]>;
  // Investigations
  /** Writes the first view of an investigation; one that is known already is left as it is. */
  openInvestigation(view: InvestigationView): Promise<void>;
  /**
   * Applies a patch and adds what happened since the version before. Idempotent by run and version. @throws RangeError where
   * the investigation was not opened
   */
  recordInvestigation(patch: InvestigationPatch, events: TraceEvent[]): Promise<void>;
  investigation(id: string): Promise<InvestigationView | null>;
  /** Newest first. */
  investigations(filter?: {
    component?: string;
    finished?: boolean;
    limit?: number;
  }): Promise<InvestigationView[]>;
  /**
   * Begins a new attempt at the answer and ends all earlier ones; answers its number. Where the attempt before has said
   * something already, readers are told that it does not count, and why.
   * @param instead only in place of this attempt: null, and nothing changes, when it is not the newest any more
   */
  beginAnswer(investigationId: string, why: string): Promise<number>;
  beginAnswer(investigationId: string, why: string, instead: number): Promise<number | null>;
  /** False, and nothing is written, when a newer attempt has begun: the caller must stop. */
  addToAnswer(
    investigationId: string,
    event: Extract<InvestigationEvent, { type: 'piece' | 'citations' }>,
  ): Promise<boolean>;
  /** Oldest first, those after this number. */
  investigationEvents(investigationId: string, after?: number): Promise<StoredInvestigationEvent[]>;
  // Outbox
  /** Idempotent by key: answers the first entry. */
  putOutbox(message: OutgoingMessage, at: Date): Promise<SentMessage>;
  outbox(filter?: { incident_id?: string; limit?: number }): Promise<OutboxEntry[]>;
  // Monitor state between polls, by rule and subject: how often it has fired in a row, and whether its alert is out
  monitorState(component: string): Promise<Record<string, MonitorRuleState>>;
  saveMonitorState(component: string, state: Record<string, MonitorRuleState>): Promise<void>;
  // Tokens, stored as SHA-256
  addToken(name: string, scopes: Scope[], at: Date): Promise<{ secret: string }>;
  /** Null when no token has this secret. */
  tokenOf(secret: string): Promise<TokenInfo | null>;
  tokens(): Promise<TokenInfo[]>;
  removeToken(name: string): Promise<boolean>;
  /** For metrics: incidents that are not closed, by status, and all alerts that were ever accepted. */
  counts(): Promise<{ openIncidents: Record<string, number>; alerts: number }>;
  /** Cheap read, for readiness. */
  ping(): Promise<void>;
  close(): void;
}
