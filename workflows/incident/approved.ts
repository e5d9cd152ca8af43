import { activities } from '../activities.ts';
import type { ApprovalRequest } from './approval-desk.ts';
import { ask } from './ask.ts';
import { stillNeeded } from './confirm.ts';
import type { IncidentRun } from './run.ts';
import { Ended } from './turns.ts';

/**
 * Whether a risky action may run now: policy lets it, or a person approved this very card, and the world is still the one on
 * the card (the trigger has not cleared, the same version is live). A denial goes to a person, who may have it asked again.
 */
export async function approved(
  run: IncidentRun,
  activeVersion: string,
  request: ApprovalRequest,
): Promise<boolean> {
  const done = `${request.step}.cleared`;
  const { results, attempts } = run.progress;
  if (done in results) return results[done] as boolean;
  results[done] = await decide();
  return results[done] as boolean;

  async function decide(): Promise<boolean> {
    if (!run.context.policy.actions[request.action].approval) {
      run.log(request.action, 'running', `policy lets it run without approval: ${request.title}`);
      return checkWorld(run, activeVersion, request);
    }
    for (;;) {
      const attempt = attempts[request.step] ?? 1;
      const answer = await ask(run, {
        ...request,
        step: attempt === 1 ? request.step : `${request.step}.${attempt}`,
      });
      if (answer === 'approved') return checkWorld(run, activeVersion, request);
      if (answer === 'expired')
        throw new Ended('escalated', `${request.title}: skipped, the approval expired`);
      const card = run.view.approvals.findLast((a) => a.step.startsWith(request.step))!;
      const command = await run.escalate(
        request.step,
        `${card.decided_by} denied "${request.title}": ${card.reason}`,
      );
      if (command === 'skip') return false;
      attempts[request.step] = attempt + 1;
    }
  }
}

async function checkWorld(
  run: IncidentRun,
  activeVersion: string,
  request: ApprovalRequest,
): Promise<boolean> {
  if (!(await stillNeeded(run, `${request.step}.before`))) {
    run.log(request.action, 'skipped', 'pointless now: the trigger cleared by itself');
    throw new Ended('closed_no_action', 'the trigger cleared by itself before the action ran');
  }
  const live = await run.step(`${request.step}.live`, () => activities.model_status(run.view.component));
  if (live && live.activeVersion !== activeVersion) {
    const problem = `the card was for ${activeVersion}, but ${live.activeVersion} is live now`;
    run.log(request.action, 'skipped', problem);
    throw new Ended('escalated', `${problem}: a person takes over`);
  }
  return true;
}
