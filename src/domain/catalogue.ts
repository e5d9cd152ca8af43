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

export const CATEGORIES = [
  'upstream_change',
  'source_outage',
  'seasonal_shift',
  'concept_drift',
  'training_data_corruption',
  'model_regression',
  'pipeline_failure',
  'duplicate_load',
  'traffic_surge',
  'resource_saturation',
  'slow_model',
  'attack_wave',
  'healthy',
  'unknown',
] as const;
export const Category = z.enum(CATEGORIES).meta({ id: 'Category' });
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
