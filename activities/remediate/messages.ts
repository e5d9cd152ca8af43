import { cancellationSignal } from '@temporalio/activity';
import type { ConnectorName } from '../../src/domain/messages.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { MessageRequest, RemediateActivities } from '../../workflows/contracts.ts';
import type { RemediateDeps } from './deps.ts';

type Said = Pick<
  RemediateActivities,
  'send_slack_alert' | 'create_github_issue' | 'create_jira_ticket' | 'acknowledge_pagerduty' | 'page_on_call'
>;

/** The tools that tell people and systems; each message happens once per key. */
export function messageTools({ connectors, policy }: RemediateDeps): Said {
  const send = (
    connector: ConnectorName,
    operation: string,
    target: (policy: Policy) => string,
    { incidentId, ...message }: MessageRequest,
  ) =>
    connectors.send(
      { connector, operation, target: target(policy()), incident_id: incidentId, ...message },
      cancellationSignal(),
    );
  return {
    send_slack_alert: (message) =>
      send('slack', message.ref ? 'update' : 'post', (p) => p.slack_channel, message),
    create_github_issue: ({ operation, ...message }) =>
      send('github', operation, (p) => p.github_repository, message),
    create_jira_ticket: (message) => send('jira', 'create_ticket', (p) => p.jira_project, message),
    acknowledge_pagerduty: (message) => send('pagerduty', 'acknowledge', () => 'on-call', message),
    page_on_call: ({ tier, ...message }) => send('pagerduty', 'page', () => tier, message),
  };
}
