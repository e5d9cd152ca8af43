import { activities } from '../activities.ts';
import type { ApprovalRequest } from './approval-desk.ts';
import { ask } from './ask.ts';
import { clearedByItself, stillNeeded } from './confirm.ts';
import type { IncidentRun } from './run.ts';
import { Ended } from './turns.ts';

/** How a risky step came out; `skipped` when a person did not want it, `failed` when one gave it up. */
export type RiskyResult<T> = { outcome: 'done'; value: T } | { outcome: 'skipped' } | { outcome: 'failed' };

/**
 * One risky action: asked for unless policy lets it run, then called once under a key. Before each attempt the world must
 * still be the one on the card: the trigger has not cleared, the same version is live.
 */
export async function risky<T>(
  run: IncidentRun,
  card: ApprovalRequest,
  activeVersion: string,
  call: (key: string) => Promise<T>,
): Promise<RiskyResult<T>> {
  if (!(await allowed(run, card))) return { outcome: 'skipped' };
  const value = await run.step(`${card.step}.call`, async (attempt) => {
    await checkWorld(run, activeVersion, card);
    run.obeyClosing();
    return call(run.key(`${card.step}.call`, attempt, card.params));
  });
  return value === null ? { outcome: 'failed' } : { outcome: 'done', value };
}

/** Whether policy or a person lets it run. A denial goes to a person, who may have it asked again. */
async function allowed(run: IncidentRun, card: ApprovalRequest): Promise<boolean> {
  const { results, attempts } = run.progress;
  const decided = `${card.step}.allowed`;
  if (decided in results) return results[decided] as boolean;
  if (!run.context.policy.actions[card.action].approval) {
    run.log(card.action, 'running', `policy lets it run without approval: ${card.title}`);
    results[decided] = true;
    return true;
  }
  for (;;) {
    const attempt = attempts[card.step] ?? 1;
    const step = attempt === 1 ? card.step : `${card.step}.${attempt}`;
    const { answer, approval } = await ask(run, { ...card, step });
    if (answer === 'expired') throw new Ended('escalated', `${card.title}: skipped, the approval expired`);
    if (answer === 'approved') {
      results[decided] = true;
      return true;
    }
    const command = await run.escalate(
      step,
      `${approval.decided_by} denied "${card.title}": ${approval.reason}`,
    );
    attempts[card.step] = attempt + 1;
    if (command === 'skip') {
      results[decided] = false;
      return false;
    }
  }
}

async function checkWorld(run: IncidentRun, activeVersion: string, card: ApprovalRequest): Promise<void> {
  if (!(await stillNeeded(run, `${card.step}.before`))) {
    run.log(card.action, 'skipped', 'pointless now: the trigger cleared by itself');
    throw clearedByItself(run);
  }
  const live = await activities.model_status(run.view.component);
  if (live.activeVersion === activeVersion) return;
  const problem = `the card was for ${activeVersion}, but ${live.activeVersion} is live now`;
  run.log(card.action, 'skipped', problem);
  throw new Ended('escalated', `${problem}: a person takes over`);
}
