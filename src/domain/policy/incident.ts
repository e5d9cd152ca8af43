import type { Policy } from './policy.ts';

/** The part of the policy that governs an incident, as it was when the incident began; durations in milliseconds. */
export type IncidentPolicy = Pick<
  Policy,
  | 'actions'
  | 'approvals'
  | 'gate'
  | 'watch'
  | 'verify'
  | 'cooldown'
  | 'acknowledge_for'
  | 'poll'
  | 'slack_channel'
  | 'jira_project'
  | 'github_repository'
>;
