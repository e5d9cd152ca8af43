import { ActivityFailure } from '@temporalio/workflow';
import { formatDuration } from '../../src/domain/duration.ts';
import type { IncidentStatus } from '../../src/domain/incident.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';
import { rootMessage } from '../failure.ts';
import { comment } from './notify.ts';
import type { IncidentRun } from './run.ts';

/** The trigger may still fire, and nothing more is done about it by itself. */
const LEFT_TO_A_PERSON: IncidentStatus[] = ['escalated', 'mitigated', 'inconclusive'];

/** Reports the status at once, tells people, and writes the incident where the next one will find it. */
export async function close(run: IncidentRun, status: IncidentStatus, reason: string): Promise<void> {
  const { view } = run;
  for (const approval of view.approvals) run.desk.end(approval, 'withdrawn', `the incident ended: ${status}`);
  for (const action of view.actions) {
    if (action.status === 'running' || action.status === 'awaiting_approval') {
      Object.assign(action, {
        status: status === 'escalated' ? 'escalated' : 'skipped',
        details: `${action.details}; the incident ended: ${status}`,
      });
    }
  }
  // A close that was accepted while the incident ended by itself: it has ended.
  run.operator.takeClosing();
  view.status = status;
  view.closed_at = now().toISOString();
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
    await run.page(
      `${view.incident_id}.end`,
      `${status}: ${reason}`,
      run.context.policy.approvals.tiers[0]!.name,
    );
  }
  try {
    const { file } = await activities.write_report(view.incident_id);
    run.log('write_report', 'completed', `${file} joined the knowledge base; the warehouse has the incident`);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    run.log('write_report', 'failed', rootMessage(error));
  }
  await run.record();
}
