import type { EvidenceRef } from '../../src/domain/evidence.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import type { PollFailure } from '../../src/domain/poll-record.ts';

/** Inputs and answers of the Monitor's activities. All of it is plain JSON and small: it enters history. */

/** What every measuring tool is asked of one component. */
export interface ComponentCheck {
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
  /** Where the window ends, ISO 8601. Default: now. The same for all tools of a round, so that identical questions coincide. */
  until?: string;
  /** Version of the policy that an incident began with and keeps. Default: the policy in force. */
  policy?: string;
  /** Of a poll: only what may raise or resolve an alert is answered, and a source that hangs is not tried again. */
  polled?: true;
}

/** What every measuring tool is asked: the same of one or more components. */
export type CheckRequest = Omit<ComponentCheck, 'component'> & { components: string[] };

/** What a measuring tool answers of one component. */
export interface CheckResult {
  measurements: Measurement[];
  /** Of a poll, in which most measurements are left out: the numbers that every alert of the component carries. */
  headlines?: Record<string, number>;
  evidence: EvidenceRef[];
  /** The version that serves now; null when the platform did not say. */
  activeVersion: string | null;
}

/** Why a tool could not measure a component; `type` as of an ApplicationFailure, such as `UnknownComponent`. */
export interface CheckFailure {
  message: string;
  type?: string;
}

/** What a measuring tool answers, by component. When it can measure none of them, it fails instead. */
export type CheckAnswers = Record<string, CheckResult | { failure: CheckFailure }>;

/** What one poll found, of a whole group. */
export interface RaiseRequest {
  group: string;
  /** When the poll began, ISO 8601: tells polls apart. */
  at: string;
  found: {
    component: string;
    activeVersion: string | null;
    measurements: Measurement[];
    headlines?: Record<string, number>;
  }[];
  failures: PollFailure[];
  /** False: nothing at all could be measured. */
  succeeded: boolean;
}

export interface MonitorActivities {
  query_snowflake(request: CheckRequest): Promise<CheckAnswers>;
  check_model_health(request: CheckRequest): Promise<CheckAnswers>;
  check_drift(request: CheckRequest): Promise<CheckAnswers>;
  check_data_quality(request: CheckRequest): Promise<CheckAnswers>;
  /**
   * Applies `for` and hysteresis, raises a warning of its own where a tool cannot measure, allots alert ids, hands alerts to
   * incidents, and keeps that this poll took place. Answers the ids that were sent. Safe to retry.
   */
  raise_alerts(request: RaiseRequest): Promise<string[]>;
}
