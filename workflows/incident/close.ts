import { moveTo } from '../../src/domain/actions/record.ts';
import { formatDuration } from '../../src/domain/duration.ts';
import type { IncidentStatus } from '../../src/domain/incident.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';
import { end } from './checks.ts';
import { failureIn, page } from './escalation.ts';
import type { IncidentRun } from './run.ts';
import { comment } from './thread.ts';

/** The trigger may still fire, and nothing more is done about it by itself. */
const LEFT_TO_A_PERSON: IncidentStatus[] = ['escalated', 'mitigated', 'inconclusive'];

/** Reports the status at once, tells people, and writes the incident for later ones to find. */
export async function close(run: IncidentRun, status: IncidentStatus, reason: string): Promise<void> {
  const { view } = run;
  const at = now().toISOString();
  for (const action of view.actions.filter(({ ended_at }) => ended_at === null)) {
    const details = `${action.details}; the incident ended: ${status}`;
    const { state } = action;
    if (state === 'proposed' || state === 'awaiting' || state === 'approved')
      moveTo(action, 'withdrawn', details, at);
    if (state === 'running') moveTo(action, 'skipped', details, at);
    for (const check of action.checks.filter((each) => each.state === 'running'))
      Object.assign(check, {
        state: 'skipped',
        details: `${check.details}; the incident ended: ${status}`,
        at,
      });
    end(action);
  }
  // A close that was accepted while the incident ended by itself: it has ended.
  run.commands.takeClosing();
  view.status = status;
  view.closed_at = at;
  view.step_id = null;
  view.error = status === 'escalated' ? reason : null;
  view.waiting_for = LEFT_TO_A_PERSON.includes(status) ? `a person: ${reason}` : reason;
  run.note('AgentOps', status, reason);
  await run.record();

  const took = formatDuration(now().getTime() - new Date(view.opened_at).getTime());
  const f1 =
    view.f1_before !== null && view.f1_after !== null
      ? `F1 ${view.f1_before.toFixed(3)} → ${view.f1_after.toFixed(3)}. `
      : '';
  await comment(run, 'end', `${status.replaceAll('_', ' ')} after ${took}. ${f1}${reason}`, {
    closeIssue: status === 'resolved' || status === 'closed_no_action',
  });
  if (LEFT_TO_A_PERSON.includes(status)) {
    await page(
      run,
      `${view.incident_id}.end`,
      `${status}: ${reason}`,
      run.context.policy.approvals.tiers[0]!.name,
    );
  }
  try {
    const { file } = await activities.write_report(view.incident_id);
    run.log('write_report', 'completed', `${file} joined the knowledge base; the warehouse has the incident`);
  } catch (error) {
    run.log('write_report', 'failed', failureIn(error));
  }
  await run.record();
}
