import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import {
  type AnswerActivities,
  type InvestigateActivities,
  MEASURING_TOOLS,
  type MeasuringTool,
  type MonitorActivities,
  type RecordActivities,
  type RemediateActivities,
} from './contracts.ts';
import { REMEDIATION_QUEUE, TASK_QUEUE } from './names.ts';

type Activities = MonitorActivities &
  InvestigateActivities &
  AnswerActivities &
  RecordActivities &
  RemediateActivities;

/** Every worker beats for each activity it runs: one that was killed is noticed in this time, not at start-to-close. */
const HEARTBEAT = '15 seconds';

interface Limits {
  startToClose: string;
  /** Absent: retried until it succeeds. */
  attempts?: number;
}

/** Reads of the warehouse, the platform and the knowledge base. */
const read: Limits = { startToClose: '1 minute', attempts: 8 };
/**
 * The same for a poll: 15 s of trying where a source refuses; one that hangs is given up by the tool itself within a minute.
 * The next poll asks again, and people are to hear of it. No limit over all attempts: that no worker is up is no failure.
 */
const polled: Limits = { startToClose: '1 minute', attempts: 5 };
/** Side effects; safe to retry because each carries a key. */
const act: Limits = { startToClose: '1 minute', attempts: 10 };
/** Our own bookkeeping: an incident must not fail because the store is away. */
const keep: Limits = { startToClose: '30 seconds' };

/**
 * Every activity's limits. What cannot succeed by trying again (a refused login, a 4xx, an unknown component) is thrown by
 * the activities themselves as a non-retryable ApplicationFailure.
 */
const LIMITS: Record<keyof Activities, Limits> = {
  query_snowflake: read,
  check_model_health: read,
  check_drift: read,
  check_data_quality: read,
  raise_alerts: read,
  search_runbooks: read,
  search_incidents: read,
  query_snowflake_history: read,
  compare_model_versions: read,
  diagnose: { startToClose: '5 minutes', attempts: 3 },
  answer_question: { startToClose: '3 minutes', attempts: 3 },
  open_investigation: keep,
  record_investigation: keep,
  open_incident: keep,
  record_incident: keep,
  write_report: { startToClose: '1 minute', attempts: 5 },
  model_status: read,
  trigger_retraining: act,
  follow_training: { startToClose: '2 hours', attempts: 20 },
  deploy_model: { startToClose: '5 minutes', attempts: 10 },
  rollback_model: { startToClose: '5 minutes', attempts: 10 },
  pipeline_status: read,
  capacity_status: read,
  rerun_pipeline: { startToClose: '10 minutes', attempts: 10 },
  scale_infrastructure: { startToClose: '5 minutes', attempts: 10 },
  send_slack_alert: act,
  create_github_issue: act,
  create_jira_ticket: act,
  acknowledge_pagerduty: act,
  page_on_call: act,
  request_human_approval: act,
};

/** These change the world outside; model calls and searches cannot starve their queue. */
const ACTING: ReadonlySet<string> = new Set<keyof RemediateActivities>([
  'model_status',
  'trigger_retraining',
  'follow_training',
  'deploy_model',
  'rollback_model',
  'pipeline_status',
  'capacity_status',
  'rerun_pipeline',
  'scale_infrastructure',
  'send_slack_alert',
  'create_github_issue',
  'create_jira_ticket',
  'acknowledge_pagerduty',
  'page_on_call',
  'request_human_approval',
]);

function options(name: keyof Activities, limits = LIMITS[name]): ActivityOptions {
  const { startToClose, attempts } = limits;
  return {
    taskQueue: ACTING.has(name) ? REMEDIATION_QUEUE : TASK_QUEUE,
    startToCloseTimeout: startToClose as ActivityOptions['startToCloseTimeout'],
    heartbeatTimeout: HEARTBEAT,
    retry: {
      initialInterval: '1 second',
      backoffCoefficient: 2,
      maximumInterval: '30 seconds',
      ...(attempts && { maximumAttempts: attempts }),
    },
  };
}

/** Every activity, each with the limits of the table above. */
export const activities = Object.fromEntries(
  (Object.keys(LIMITS) as (keyof Activities)[]).map((name) => [
    name,
    proxyActivities<Activities>(options(name))[name],
  ]),
) as unknown as Activities;

/** The measuring tools with the limits of a poll. */
export const polling = Object.fromEntries(
  MEASURING_TOOLS.map((name) => [name, proxyActivities<Activities>(options(name, polled))[name]]),
) as unknown as Pick<Activities, MeasuringTool>;
