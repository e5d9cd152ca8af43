import { z } from 'zod';

/** Every action a diagnosis may recommend. What is not here cannot run, whoever asks for it (design §2). */
export const ACTIONS = [
  'send_slack_alert',
  'notify_data_team',
  'create_github_issue',
  'create_jira_ticket',
  'acknowledge_pagerduty',
  'retrain_model',
  'deploy_model',
  'rollback_model',
  'rerun_pipeline',
  'scale_infrastructure',
] as const;
export const Action = z.enum(ACTIONS).meta({ id: 'Action' });
export type Action = z.infer<typeof Action>;

/** Actions that change production or cost money; they need a person unless policy says otherwise. */
export const RISKY_ACTIONS: readonly Action[] = [
  'retrain_model',
  'deploy_model',
  'rollback_model',
  'rerun_pipeline',
  'scale_infrastructure',
];

/** An ability of the systems behind a component. Policy names the system that provides it, or none. */
export type Capability = 'registry' | 'trainer' | 'pipelines' | 'serving';

/** The capabilities that each action uses. An action that lacks one of them is not proposed. */
export const ACTION_NEEDS: Record<Action, readonly Capability[]> = {
  send_slack_alert: [],
  notify_data_team: [],
  create_github_issue: [],
  create_jira_ticket: [],
  acknowledge_pagerduty: [],
  retrain_model: ['trainer', 'registry'],
  deploy_model: ['registry'],
  rollback_model: ['registry'],
  rerun_pipeline: ['pipelines'],
  scale_infrastructure: ['serving'],
};

/**
 * The name of a root cause in snake case, such as `upstream_change`; `healthy` or `unknown` where no cause is named. The list of
 * causes is `src/reasoning/causes/index.ts`; the schema leaves it open, so that a new cause needs no change here.
 */
export const Category = z
  .string()
  .max(64)
  .regex(/^[a-z]+(_[a-z0-9]+)*$/)
  .meta({
    id: 'Category',
    description: 'Name of the root cause in snake case; `healthy` or `unknown` where no cause is named.',
    examples: ['upstream_change', 'healthy', 'unknown'],
  });
export type Category = z.infer<typeof Category>;

/** Each tool is one Temporal activity of this very name (design §2). */
export type Tool =
  | 'query_snowflake'
  | 'check_model_health'
  | 'check_drift'
  | 'check_data_quality'
  | 'search_runbooks'
  | 'search_incidents'
  | 'query_snowflake_history'
  | 'compare_model_versions'
  | 'trigger_retraining'
  | 'deploy_model'
  | 'rollback_model'
  | 'send_slack_alert'
  | 'create_github_issue'
  | 'acknowledge_pagerduty'
  | 'create_jira_ticket'
  | 'rerun_pipeline'
  | 'scale_infrastructure'
  | 'request_human_approval'
  | 'page_on_call';

/** The tool that carries an action out. */
export const TOOL_OF: Record<Action, Tool> = {
  send_slack_alert: 'send_slack_alert',
  notify_data_team: 'send_slack_alert',
  create_github_issue: 'create_github_issue',
  create_jira_ticket: 'create_jira_ticket',
  acknowledge_pagerduty: 'acknowledge_pagerduty',
  retrain_model: 'trigger_retraining',
  deploy_model: 'deploy_model',
  rollback_model: 'rollback_model',
  rerun_pipeline: 'rerun_pipeline',
  scale_infrastructure: 'scale_infrastructure',
};
