import type { MessageParams } from '../../src/domain/actions/messages.ts';
import type { ActionRecord } from '../../src/domain/actions/record.ts';
import type { PipelineRerun, RerunParams } from '../../src/domain/actions/rerun.ts';
import type { RetrainParams } from '../../src/domain/actions/retrain.ts';
import type { Scaled, ScaleParams } from '../../src/domain/actions/scale.ts';
import type { Deployed, SwapParams } from '../../src/domain/actions/swap.ts';
import type { Capability, ComponentStatus } from '../../src/domain/component-status.ts';
import type { SentMessage } from '../../src/domain/messages.ts';
import type { TrainingJob } from '../../src/domain/platform.ts';

/**
 * The call of an action: exactly the parameters of its card. Activities resolve nothing anew; a parameter that no longer holds
 * is refused. `key` makes the call happen once, whatever is retried, reset or restarted.
 */
export interface ActRequest<Params> {
  incidentId: string;
  component: string;
  key: string;
  params: Params;
}

/** A message. `ref` is that of an earlier message, which this one updates, comments on or closes. */
export interface MessageRequest {
  incidentId: string;
  key: string;
  params: MessageParams;
  ref?: string;
}

/** A training job that was started, as the trainer names it. */
export interface TrainingStarted {
  jobId: string;
  status: string;
}

/** A job of a card's trainer. */
export interface RetrainJob {
  incidentId: string;
  params: RetrainParams;
  jobId: string;
}

export interface RemediateActivities {
  /**
   * Reads what the component's systems can do and what is live, as far as `needs` names it; the rest is null. Policy is that of
   * the incident. Permanent: `UnknownComponent`, `UnknownModel`.
   */
  component_status(request: {
    component: string;
    policy: string;
    needs: readonly Capability[];
  }): Promise<ComponentStatus>;
  /** Starts one training job. Permanent: 409 while another job of the model runs, 422 with too few rows. */
  trigger_retraining(request: ActRequest<RetrainParams>): Promise<TrainingStarted>;
  /** Follows a job to its end, heartbeating its progress. A failed job is an answer, not an error. Reads only. */
  follow_training(request: RetrainJob): Promise<TrainingJob>;
  /** Stops a job; one that has ended stays as it is. Idempotent. */
  stop_training(request: RetrainJob & { key: string }): Promise<void>;
  /** Blue-green swap, read back from the registry. Permanent: another version than `expectedActive` is live. */
  deploy_model(request: ActRequest<SwapParams>): Promise<Deployed>;
  rollback_model(request: ActRequest<SwapParams>): Promise<Deployed>;
  /** Loads a window of a pipeline again and follows the run to its end. Permanent: its source does not deliver, or the run failed. */
  rerun_pipeline(request: ActRequest<RerunParams>): Promise<PipelineRerun>;
  /** Sets the number of servers, read back. Permanent: another number than `expectedReplicas` runs. */
  scale_infrastructure(request: ActRequest<ScaleParams>): Promise<Scaled>;
  send_slack_alert(request: MessageRequest): Promise<SentMessage>;
  /** Default operation: `create_issue`. */
  create_github_issue(
    request: MessageRequest & { operation?: 'create_issue' | 'comment' | 'close_issue' },
  ): Promise<SentMessage>;
  create_jira_ticket(request: MessageRequest): Promise<SentMessage>;
  acknowledge_pagerduty(request: MessageRequest): Promise<SentMessage>;
  /** `params.target` is the tier. */
  page_on_call(request: MessageRequest): Promise<SentMessage>;
  /** Tells people that an approval waits; once per approval id, so a reset run's is told anew. */
  request_human_approval(request: {
    incidentId: string;
    component: string;
    /** Channel of the announcement, by the incident's policy. */
    target: string;
    action: ActionRecord;
  }): Promise<void>;
}
