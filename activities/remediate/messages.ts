import { cancellationSignal } from '@temporalio/activity';
import type { ConnectorName } from '../../src/domain/messages.ts';
import type { MessageRequest, RemediateActivities } from '../../workflows/contracts/remediate.ts';
import type { RemediateDeps } from './deps.ts';

type MessageTools = Pick<
  RemediateActivities,
  'send_slack_alert' | 'create_github_issue' | 'create_jira_ticket' | 'acknowledge_pagerduty' | 'page_on_call'
>;

/** The tools that send messages: each exactly as its request has it, once per key. */
export function messageTools({ connectors }: Pick<RemediateDeps, 'connectors'>): MessageTools {
  const send = (
    connector: ConnectorName,
    operation: string,
    { incidentId, key, params, ref }: MessageRequest,
  ) =>
    connectors.send(
      { connector, operation, key, incident_id: incidentId, ...params, ...(ref !== undefined && { ref }) },
      cancellationSignal(),
    );
  return {
    send_slack_alert: (message) => send('slack', message.ref ? 'update' : 'post', message),
    create_github_issue: (message) => send('github', message.operation ?? 'create_issue', message),
    create_jira_ticket: (message) => send('jira', 'create_ticket', message),
    acknowledge_pagerduty: (message) => send('pagerduty', 'acknowledge', message),
    page_on_call: (message) => send('pagerduty', 'page', message),
  };
}
