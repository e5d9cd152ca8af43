import type { Alert, AlertType } from '../src/domain/alert.ts';
import type { Diagnosis } from '../src/domain/diagnosis.ts';
import type { EvidenceRef } from '../src/domain/evidence.ts';
import type { Measurement, TimeWindow } from '../src/domain/measurement.ts';
import type { PastOutcome } from '../src/store/port.ts';

/** Inputs and answers of the activities, as the workflows see them. All of it is plain JSON and small: it enters history. */

/** What every measuring tool is asked. */
export interface CheckRequest {
  /** Without version: a key of `policy.components`. */
  component: string;
  /** Given: the full answer is stored as evidence of this incident and cited by its id. */
  incidentId?: string;
  /** Tells rounds of the same incident apart: each has its own evidence. */
  round?: string;
  /** Judge this version's rows only, against its own training reference. Default: the active version. */
  version?: string;
  /** Rows before this time do not count. Default: the version's deployment or the policy's window, whichever is later. */
  since?: string;
}

/** What every measuring tool answers. */
export interface CheckResult {
  measurements: Measurement[];
  evidence: EvidenceRef[];
  /** The version that serves now; null when the platform did not say. */
  activeVersion: string | null;
}

export interface RaiseRequest {
  component: string;
  activeVersion: string | null;
  measurements: Measurement[];
}

/** What every tool of the Investigator is asked. */
export interface InvestigateRequest {
  incidentId: string;
  component: string;
  round: string;
  strategy: AlertType;
  alerts: Alert[];
  window?: TimeWindow;
}

export interface DiagnoseRequest extends InvestigateRequest {
  evidence: EvidenceRef[];
  pastOutcomes: PastOutcome[];
}

export interface InvestigateActivities {
  search_runbooks(request: InvestigateRequest & { query: string }): Promise<EvidenceRef>;
  search_incidents(request: InvestigateRequest & { query: string }): Promise<EvidenceRef>;
  /** Trend, onset and upstream batches around the fault. */
  query_snowflake_history(request: InvestigateRequest): Promise<EvidenceRef[]>;
  compare_model_versions(request: InvestigateRequest): Promise<EvidenceRef>;
  diagnose(request: DiagnoseRequest): Promise<Diagnosis>;
}

export interface MonitorActivities {
  query_snowflake(request: CheckRequest): Promise<CheckResult>;
  check_model_health(request: CheckRequest): Promise<CheckResult>;
  check_drift(request: CheckRequest): Promise<CheckResult>;
  check_data_quality(request: CheckRequest): Promise<CheckResult>;
  /** Applies `for` and hysteresis, allots alert ids, hands alerts to incidents. Answers the ids that were sent. */
  raise_alerts(request: RaiseRequest): Promise<string[]>;
}
