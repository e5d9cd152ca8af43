import type { Alert, AlertType } from '../../src/domain/alert.ts';
import type { EvidenceRef } from '../../src/domain/evidence.ts';
import type { TimeWindow } from '../../src/domain/measurement.ts';
import type { PastAction } from '../../src/domain/past-action.ts';
import type { DiagnoseAnswer } from '../../src/domain/reasoning.ts';

/** Inputs and answers of the Investigator's activities. All of it is plain JSON and small: it enters history. */

/** What every tool of the Investigator is asked. */
export interface InvestigateRequest {
  incidentId: string;
  component: string;
  round: string;
  strategy: AlertType;
  /** Version of the policy that an incident began with and keeps. Default: the policy in force. */
  policy?: string;
  window?: TimeWindow;
}

export interface DiagnoseRequest extends InvestigateRequest {
  /** Without their measurements: those are evidence already. */
  alerts: Alert[];
  /** Ids of what may be shown and cited; the items are in the store, and others of the incident do not count. */
  evidence: string[];
  pastActions: PastAction[];
  /** False in the last round: more evidence may not be asked for any more. */
  mayAsk: boolean;
}

export interface InvestigateActivities {
  search_runbooks(request: InvestigateRequest & { query: string }): Promise<EvidenceRef>;
  search_incidents(request: InvestigateRequest & { query: string }): Promise<EvidenceRef>;
  /** Trend, onset and upstream batches around the fault. */
  query_snowflake_history(request: InvestigateRequest): Promise<EvidenceRef[]>;
  compare_model_versions(request: InvestigateRequest): Promise<EvidenceRef>;
  /** One round of reasoning: the model where one answers, else the rules. Safe to retry. */
  diagnose(request: DiagnoseRequest): Promise<DiagnoseAnswer>;
}
