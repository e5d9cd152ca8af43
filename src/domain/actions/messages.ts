import { z } from 'zod';
import { type ActionEntry, type ActionFacts, defineAction } from './entry.ts';
import { missingDiagnosis, summaryOf } from './message-texts.ts';

/** One message to one system: channel, repository, project or service, and its text. */
export const MessageParams = z.strictObject({
  target: z.string().min(1),
  title: z.string().min(1).max(300),
  body: z.string(),
});
export type MessageParams = z.infer<typeof MessageParams>;

/** The answer of a message tool: the system's id of the message, and whether it was sent or only kept in the outbox. */
const Sent = z.object({ ref: z.string(), status: z.enum(['sent', 'recorded']), url: z.string().nullable() });

/** An action that tells somebody something. Nothing in production changes, so it runs without approval by default. */
function message<const Name extends string>(
  name: Name,
  tool: string,
  channel: string,
  targetOf: (channels: ActionFacts['channels']) => string,
): ActionEntry & { name: Name } {
  return defineAction({
    name,
    noun: name,
    tool,
    risky: false,
    proposable: true,
    needs: [],
    params: MessageParams,
    editable: ['title', 'body'],
    prepare: (facts) => {
      const { incidentId, severity, component, alertType } = facts;
      return {
        target: targetOf(facts.channels),
        title: `${severity.toUpperCase()} ${component}: ${alertType} (${incidentId})`,
        body: facts.diagnosis ? summaryOf(facts.diagnosis, facts.url) : missingDiagnosis(facts),
      };
    },
    card: (params, { incidentId, diagnosis }) => ({
      title: `${name} for ${incidentId} to ${channel} ${params.target}`,
      why: diagnosis?.root_cause ?? 'people should know',
      risk: 'people outside the incident are told',
      undo: 'a message can be corrected, not unsaid',
      facts: [],
    }),
    judge: { by: 'answer' },
    report: (result) => {
      const { ref, status, url } = Sent.parse(result);
      return status === 'sent' ? (url ?? ref) : `${ref}: kept in the outbox, not sent`;
    },
  });
}

export const sendSlackAlert = message('send_slack_alert', 'send_slack_alert', 'Slack', ({ slack }) => slack);
export const notifyDataTeam = message('notify_data_team', 'send_slack_alert', 'Slack', ({ slack }) => slack);
export const createGithubIssue = message(
  'create_github_issue',
  'create_github_issue',
  'GitHub',
  ({ github }) => github,
);
export const createJiraTicket = message(
  'create_jira_ticket',
  'create_jira_ticket',
  'Jira',
  ({ jira }) => jira,
);
export const acknowledgePagerduty = message(
  'acknowledge_pagerduty',
  'acknowledge_pagerduty',
  'PagerDuty',
  () => 'on-call',
);
