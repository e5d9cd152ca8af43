import type { ActionRecord } from '../../src/domain/actions/record.ts';
import { sideEffectKey } from '../../src/domain/keys.ts';
import { activities } from '../activities.ts';
import { failureIn } from './escalation.ts';
import type { IncidentRun } from './run.ts';

/** Where an incident's first message to a system is, and so where its updates go. */
export interface Thread {
  ref: string;
  target: string;
}

/** The journal's name for the Slack message about a measurement outage. */
export const OUTAGE_THREAD = 'outage.slack';

/** Adds a line to the Slack thread and the GitHub issue of the incident; a channel that is down is noted, no more. */
export async function comment(
  run: IncidentRun,
  step: string,
  text: string,
  options: { closeIssue?: boolean } = {},
): Promise<void> {
  const { incidentId } = run.context;
  const message = (kind: string, { ref, target }: Thread) => ({
    incidentId,
    key: sideEffectKey(incidentId, `${kind}.${step}`, 1, [text]),
    params: { target, title: `${incidentId} ${run.view.component}`, body: text },
    ref,
  });
  const slack =
    threadOf(run, ['send_slack_alert', 'notify_data_team']) ?? run.journal.get<Thread>(OUTAGE_THREAD);
  await update(run, 'update_slack', slack, (thread) => activities.send_slack_alert(message('slack', thread)));
  const issue = threadOf(run, ['create_github_issue']);
  const operation = options.closeIssue ? 'close_issue' : 'comment';
  const name = options.closeIssue ? 'close_github_issue' : 'comment_github_issue';
  await update(run, name, issue, (thread) =>
    activities.create_github_issue({ ...message('github', thread), operation }),
  );
}

/** The message that one of these actions sent, in the channel that its card named. */
function threadOf(run: IncidentRun, actions: readonly string[]): Thread | undefined {
  const sent = ({ action, result }: ActionRecord) => actions.includes(action) && result !== null;
  const record = run.view.actions.find(sent);
  if (!record) return undefined;
  return { ref: (record.result as { ref: string }).ref, target: String(record.params.target) };
}

async function update(
  run: IncidentRun,
  name: 'update_slack' | 'close_github_issue' | 'comment_github_issue',
  thread: Thread | undefined,
  send: (thread: Thread) => Promise<{ status: 'sent' | 'recorded'; ref: string }>,
): Promise<void> {
  if (!thread) return;
  try {
    const sent = await send(thread);
    run.log(name, sent.status === 'sent' ? 'completed' : 'recorded', sent.ref);
  } catch (error) {
    run.log(name, 'failed', failureIn(error));
  }
}
