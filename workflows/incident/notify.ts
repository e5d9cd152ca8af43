import { ActivityFailure } from '@temporalio/workflow';
import { type Action, RISKY_ACTIONS, TOOL_OF } from '../../src/domain/catalogue.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';
import { rootMessage } from '../failure.ts';
import { ask } from './ask.ts';
import type { IncidentRun } from './run.ts';

/** Carries out what the diagnosis wants told, in its order; policy may ask for an approval even here. */
export async function notify(run: IncidentRun, diagnosis: Diagnosis): Promise<void> {
  run.view.phase = 'remediate';
  const wanted = [...diagnosis.recommended_actions]
    .sort((a, b) => a.priority - b.priority)
    .map((a) => a.action);
  for (const action of wanted.filter((a) => !RISKY_ACTIONS.includes(a))) {
    // Told once: a second round of investigation updates what was posted instead of posting again.
    const step = `notify.${action}`;
    if (step in run.progress.results) continue;
    if (run.context.policy.actions[action].approval) {
      const { answer } = await ask(run, {
        step,
        action,
        tool: TOOL_OF[action],
        params: {},
        title: `${action} for ${run.view.incident_id}`,
        why: diagnosis.root_cause,
        risk: 'people outside the incident are told',
        undo: 'a message can be corrected, not unsaid',
        facts: [],
      });
      if (answer !== 'approved') {
        run.progress.results[step] = null;
        continue;
      }
    }
    await run.step(step, (attempt) => tell(run, action, diagnosis, attempt));
    run.view.act_ms ??=
      now().getTime() - new Date(run.view.opened_at).getTime() - (run.view.diagnose_ms ?? 0);
    await run.record();
  }
  if (run.progress.round > 1 && run.first(`notify.round.${run.progress.round}`)) {
    await comment(
      run,
      `round.${run.progress.round}`,
      `New symptom, diagnosed again: ${diagnosis.root_cause}`,
    );
  }
}

async function tell(
  run: IncidentRun,
  action: Action,
  diagnosis: Diagnosis,
  attempt: number,
): Promise<string> {
  const { view, context } = run;
  const { incidentId } = context;
  const message = {
    incidentId,
    key: run.key(`notify.${action}`, attempt, [action]),
    title: `${view.severity.toUpperCase()} ${view.component}: ${view.alert_type} (${incidentId})`,
    body: report(run, diagnosis),
  };
  const call = {
    send_slack_alert: () => activities.send_slack_alert(message),
    notify_data_team: () => activities.send_slack_alert(message),
    create_github_issue: () =>
      activities.create_github_issue({ ...message, operation: 'create_issue' as const }),
    create_jira_ticket: () => activities.create_jira_ticket(message),
    acknowledge_pagerduty: () => activities.acknowledge_pagerduty(message),
  }[action as 'send_slack_alert'];
  const sent = await call();
  const how = sent.status === 'sent' ? 'completed' : 'recorded';
  run.log(
    action,
    how,
    sent.status === 'sent' ? `${sent.url ?? sent.ref}` : `${sent.ref}: kept in the outbox, not sent`,
  );
  return sent.ref;
}

/** Adds a line to the Slack thread and the GitHub issue of the incident; a channel that is down is noted, no more. */
export async function comment(
  run: IncidentRun,
  step: string,
  text: string,
  options: { closeIssue?: boolean } = {},
): Promise<void> {
  const { incidentId } = run.context;
  const { results } = run.progress;
  const slack = (results['notify.send_slack_alert'] ?? results['notify.notify_data_team']) as
    | string
    | undefined;
  const issue = results['notify.create_github_issue'] as string | undefined;
  const message = (kind: string, ref: string) => ({
    incidentId,
    key: run.key(`${kind}.${step}`, 1, [text]),
    title: `${incidentId} ${run.view.component}`,
    body: text,
    ref,
  });
  await attempt(run, 'update_slack', slack, (ref) => activities.send_slack_alert(message('slack', ref)));
  const operation = options.closeIssue ? 'close_issue' : 'comment';
  const name = options.closeIssue ? 'close_github_issue' : 'comment_github_issue';
  await attempt(run, name, issue, (ref) =>
    activities.create_github_issue({ ...message('github', ref), operation }),
  );
}

async function attempt(
  run: IncidentRun,
  name: 'update_slack' | 'close_github_issue' | 'comment_github_issue',
  ref: string | null | undefined,
  send: (ref: string) => Promise<{ status: 'sent' | 'recorded'; ref: string }>,
): Promise<void> {
  if (!ref) return;
  try {
    const sent = await send(ref);
    run.log(name, sent.status === 'sent' ? 'completed' : 'recorded', sent.ref);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    run.log(name, 'failed', rootMessage(error));
  }
}

function report(run: IncidentRun, diagnosis: Diagnosis): string {
  const claims = diagnosis.claims.map((claim) => `- ${claim.text} [${claim.evidence.join(', ')}]`);
  const next = diagnosis.recommended_actions.map(
    (a) =>
      `${a.priority}. ${a.action}${a.condition ? ` (${a.condition})` : ''}${a.requires_approval ? ', needs approval' : ''}`,
  );
  return [
    `${diagnosis.root_cause} (${diagnosis.verdict}, confidence ${diagnosis.confidence}, by ${diagnosis.diagnosed_by})`,
    '',
    ...claims,
    '',
    `Runbook: ${diagnosis.runbook_reference ?? 'none found'}`,
    ...diagnosis.similar_incidents.map((similar) => `Similar: ${similar}`),
    '',
    ...next,
    '',
    `${run.context.publicUrl}/api/incidents/${run.context.incidentId}`,
  ].join('\n');
}
