import type { Alert, AlertType } from '../src/domain/alert.ts';
import type { Tool } from '../src/domain/catalogue.ts';
import type { Diagnosis } from '../src/domain/diagnosis.ts';
import type { EvidenceRef } from '../src/domain/evidence.ts';
import type { Approval, IncidentView, TraceEvent } from '../src/domain/incident.ts';
import type { IncidentPatch } from '../src/domain/incident-patch.ts';
import type { InvestigationView } from '../src/domain/investigation.ts';
import type { Measurement, TimeWindow } from '../src/domain/measurement.ts';
import type { SentMessage } from '../src/domain/messages.ts';
import type { TrainingJob } from '../src/domain/platform.ts';
import type { Policy } from '../src/domain/policy.ts';
import type { PollFailure } from '../src/domain/poll-record.ts';
import type { InvestigationPatch, PastOutcome } from '../src/store/port.ts';

/** Inputs and answers of the activities, as the workflows see them. All of it is plain JSON and small: it enters history. */

/** The Monitor's tools that measure. */
export const MEASURING_TOOLS = [
  'check_drift',
  'query_snowflake',
  'check_data_quality',
  'check_model_health',
] as const satisfies readonly Tool[];
export type MeasuringTool = (typeof MEASURING_TOOLS)[number];

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

/** What every tool of the Investigator is asked. */
export interface InvestigateRequest {
  incidentId: string;
  component: string;
  round: string;
  strategy: AlertType;
  window?: TimeWindow;
}

export interface DiagnoseRequest extends InvestigateRequest {
  /** Without their measurements: those are evidence already. */
  alerts: Alert[];
  /** Ids of what may be shown and cited; the items are in the store, and others of the incident do not count. */
  evidence: string[];
  pastOutcomes: PastOutcome[];
  /** False in the last round: more evidence may not be asked for any more. */
  mayAsk: boolean;
}

/** One call of the language model, for the trace. */
export interface ModelCall {
  model: string;
  /** Name and version of the prompt: `diagnose@1`. */
  prompt: string;
  /** `used`: its answer is the diagnosis. `asked`: it wants more evidence. The others led to a repair or to the rules. */
  outcome:
    | 'used'
    | 'asked'
    | 'faulty'
    | 'bad_output'
    | 'timed_out'
    | 'unreachable'
    | 'model_missing'
    | 'failed';
  /** One sentence: what was wrong, or what it wants. At most 200 characters. */
  detail: string;
  tokens_in: number | null;
  tokens_out: number | null;
  ms: number;
}

/** The Investigator's tools that a round of reasoning may ask for. */
export const EVIDENCE_TOOLS = [
  'search_runbooks',
  'search_incidents',
  'query_snowflake_history',
  'compare_model_versions',
  'query_snowflake',
  'check_drift',
  'check_data_quality',
  'check_model_health',
] as const satisfies readonly Tool[];
export type EvidenceTool = (typeof EVIDENCE_TOOLS)[number];

export interface WantedEvidence {
  tool: EvidenceTool;
  /** For the two searches: what to look for. */
  query?: string;
}

/** Either a diagnosis, or the evidence that it takes first. `calls` is empty when no model was asked. */
export interface DiagnoseAnswer {
  diagnosis: Diagnosis | null;
  wanted: WantedEvidence[];
  calls: ModelCall[];
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

/** What the run of a person's question needs to know from outside, fetched once by its first activity. */
export interface InvestigationContext {
  /** The incident that is open on the component; it is shown and cited, never disturbed. */
  incidentId: string | null;
  pastOutcomes: PastOutcome[];
  publicUrl: string;
}

export interface AnswerRequest {
  investigationId: string;
  /** Evidence ids of the searches for the question itself, in the person's own words. */
  asked: string[];
}

export interface AnswerGiven {
  /** The model's name, or `rules`. */
  by: string;
  /** How many evidence items the answer cites. */
  cited: number;
  /** Empty when no model was asked. */
  calls: ModelCall[];
}

/** The Investigator's duties towards a person who asked a question. */
export interface AnswerActivities {
  /** Writes the first view to the store. Idempotent by its id; retried until it succeeds. */
  open_investigation(view: InvestigationView): Promise<InvestigationContext>;
  /** Writes what changed, and its new trace events, to the store. Idempotent by version; retried until it succeeds. */
  record_investigation(change: InvestigationPatch, events: TraceEvent[]): Promise<void>;
  /**
   * Writes the answer to the store piece by piece, from what the store has: question, diagnosis, evidence. Each attempt
   * starts the answer again and ends the one before it, so retries repeat nothing to the reader.
   */
  answer_question(request: AnswerRequest): Promise<AnswerGiven>;
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

/** What an incident's run needs to know from outside, fetched once by its first activity. */
export interface IncidentContext {
  incidentId: string;
  /** The run that asked, as the activity saw it. */
  runId: string;
  policy: IncidentPolicy;
  /** False: policy knows no such component, so nobody measures it and no platform action is possible. */
  measured: boolean;
  pastOutcomes: PastOutcome[];
  /** False where AgentOps* search attributes could not be registered. */
  searchAttributes: boolean;
  /** Base of links for people. */
  publicUrl: string;
}

/** The part of the policy that governs an incident; durations in milliseconds. */
export type IncidentPolicy = Pick<
  Policy,
  'actions' | 'approvals' | 'gate' | 'watch' | 'verify' | 'cooldown' | 'acknowledge_for' | 'poll'
>;

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

/** What every acting tool is asked: `key` makes it happen once, whatever is retried, reset or restarted. */
export interface ActRequest {
  incidentId: string;
  component: string;
  key: string;
}

export interface ModelStatus {
  model: string;
  activeVersion: string;
  /** The version that was live before, still known to the platform: where a rollback goes. */
  previousVersion: string | null;
  /** F1 of the active version on its own holdout when it was trained. */
  baselineF1: number;
}

export interface TrainingStarted {
  jobId: string;
  status: string;
}

export interface Deployed {
  from: string | null;
  to: string;
  at: string;
}

/** The pipelines that feed a component, as the platform tells them. */
export interface PipelineStatus {
  name: string;
  lastStatus: string;
  lastRunAt: string | null;
}

export interface CapacityStatus {
  replicas: number;
  /** 0..1 */
  cpu: number;
  queue: number;
}

export interface PipelineRerun {
  runId: string;
  records: number;
  at: string;
}

export interface Scaled {
  from: number;
  to: number;
  at: string;
}

export interface MessageRequest {
  incidentId: string;
  key: string;
  title: string;
  body: string;
  /** Of an earlier message: this one updates, comments on or closes it. */
  ref?: string;
}

export interface RemediateActivities {
  /** Reads what is live and where a rollback would go. */
  model_status(component: string): Promise<ModelStatus>;
  /** Starts one training job on rows from `since` on. Permanent: 409 while another job runs, 422 with too few rows. */
  trigger_retraining(request: ActRequest & { since: string; reason: string }): Promise<TrainingStarted>;
  /** Follows a job to its end, heartbeating its progress. A failed job is an answer, not an error. */
  follow_training(request: { jobId: string; incidentId: string }): Promise<TrainingJob>;
  /** Blue-green swap, read back from the platform. Permanent: another version than `expectedActive` is live. */
  deploy_model(
    request: ActRequest & { version: string; expectedActive: string; reason: string },
  ): Promise<Deployed>;
  rollback_model(
    request: ActRequest & { version: string; expectedActive: string; reason: string },
  ): Promise<Deployed>;
  /** Reads how the component's pipelines last ended, in the policy's order. */
  pipeline_status(component: string): Promise<PipelineStatus[]>;
  /** Reads how many servers there are and how full they are. */
  capacity_status(component: string): Promise<CapacityStatus>;
  /** Loads a window of a pipeline again. Permanent: its source does not deliver, or the run failed. */
  rerun_pipeline(
    request: ActRequest & { pipeline: string; window: TimeWindow; reason: string },
  ): Promise<PipelineRerun>;
  /** Sets the number of servers, read back. Permanent: another number than `expectedReplicas` runs. */
  scale_infrastructure(
    request: ActRequest & { replicas: number; expectedReplicas: number; reason: string },
  ): Promise<Scaled>;
  send_slack_alert(request: MessageRequest): Promise<SentMessage>;
  create_github_issue(
    request: MessageRequest & { operation: 'create_issue' | 'comment' | 'close_issue' },
  ): Promise<SentMessage>;
  create_jira_ticket(request: MessageRequest): Promise<SentMessage>;
  acknowledge_pagerduty(request: MessageRequest): Promise<SentMessage>;
  page_on_call(request: MessageRequest & { tier: string }): Promise<SentMessage>;
  /** Tells people that an approval waits; once per approval id, so a reset run's is told anew. */
  request_human_approval(request: {
    incidentId: string;
    component: string;
    approval: Approval;
  }): Promise<void>;
}
