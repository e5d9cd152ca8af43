import type { Tool } from '../domain/catalogue.ts';

/** One of the three agents: what it is for, and the only tools it may use. */
export interface Agent {
  name: string;
  role: string;
  goal: string;
  tools: readonly Tool[];
  /** Activities that are no tools: reasoning, hand-overs and bookkeeping. */
  duties: readonly string[];
}

const READING: readonly Tool[] = [
  'query_snowflake',
  'check_model_health',
  'check_drift',
  'check_data_quality',
];

export const AGENTS = {
  monitor: {
    name: 'Monitor',
    role: 'Sentinel',
    goal: 'Notice drift, accuracy, latency, volume and quality problems from measured numbers, and stay silent on noise.',
    tools: READING,
    duties: ['raise_alerts'],
  },
  investigator: {
    name: 'Investigator',
    role: 'Detective',
    goal: 'Find the root cause from live data, runbooks and past incidents, cite it, and say so when it cannot be found.',
    tools: [
      ...READING,
      'search_runbooks',
      'search_incidents',
      'query_snowflake_history',
      'compare_model_versions',
    ],
    duties: ['diagnose', 'answer_question', 'open_investigation', 'record_investigation'],
  },
  remediator: {
    name: 'Remediator',
    role: 'Fixer',
    goal: 'Repair it with a person’s approval wherever a step is risky, and prove that it worked.',
    tools: [
      'trigger_retraining',
      'deploy_model',
      'rollback_model',
      'rerun_pipeline',
      'scale_infrastructure',
      'send_slack_alert',
      'create_github_issue',
      'acknowledge_pagerduty',
      'create_jira_ticket',
      'request_human_approval',
      'page_on_call',
    ],
    duties: ['model_status', 'pipeline_status', 'capacity_status', 'follow_training'],
  },
} as const satisfies Record<string, Agent>;

/**
 * The activities of an agent, once each is on its list. @throws Error naming the tool that is not, so that a worker never
 * starts with an agent that can do more than it says.
 */
export function equip<T extends object>(agent: Agent, activities: T): T {
  const allowed = new Set<string>([...agent.tools, ...agent.duties]);
  const extra = Object.keys(activities).filter((name) => !allowed.has(name));
  if (extra.length > 0) {
    throw new Error(
      `${agent.name} may use ${[...allowed].join(', ')}; it was also given ${extra.join(', ')}`,
    );
  }
  return activities;
}
