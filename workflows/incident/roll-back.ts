import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import { activities } from '../activities.ts';
import type { ApprovalRequest } from './approval-desk.ts';
import { risky } from './risky.ts';
import type { IncidentRun } from './run.ts';
import { Ended, type Outcome } from './turns.ts';
import { verify } from './verify.ts';
import { watch } from './watch.ts';

/**
 * Goes back to the version that was live before. What it leaves firing is `mitigated` at best and stays with a person; only a
 * trigger that is clear afterwards makes it `resolved`.
 */
export async function rollBack(run: IncidentRun, diagnosis: Diagnosis): Promise<Outcome> {
  const { view, context, progress } = run;
  const step = `rollback.${progress.round}`;
  const status = await run.step(`${step}.status`, () => activities.model_status(view.component));
  if (!status) return 'skipped';
  if (!status.previousVersion) {
    run.log('rollback_model', 'skipped', `${status.activeVersion} has no earlier version to go back to`);
    return 'failed';
  }
  const { incidentId } = context;
  const target = { version: status.previousVersion, expectedActive: status.activeVersion };
  const tried = view.actions
    .filter((a) => a.status === 'failed')
    .map((a) => `${a.action} failed: ${a.details}`);
  const card: ApprovalRequest = {
    step,
    action: 'rollback_model',
    tool: 'rollback_model',
    params: { model: status.model, ...target },
    title: `roll ${status.model} back from ${status.activeVersion} to ${status.previousVersion}`,
    why: tried.length > 0 ? `${tried.at(-1)}; ${diagnosis.root_cause}` : diagnosis.root_cause,
    risk: `production predictions change at once; ${status.previousVersion} has not seen the changed data either`,
    undo: `deploy ${status.activeVersion} again`,
    facts: tried,
  };
  const swapped = await risky(run, card, status.activeVersion, (key) =>
    activities.rollback_model({
      incidentId,
      component: view.component,
      key,
      ...target,
      reason: `${incidentId}: ${diagnosis.category}`,
    }),
  );
  if (swapped.outcome !== 'done') return swapped.outcome;
  const done = swapped.value;
  if (run.first(`${step}.done`)) {
    progress.riskyActionTaken = true;
    run.log('rollback_model', 'completed', `${done.to} took the traffic from ${done.from} at ${done.at}`);
    await run.record();
  }

  const healthy = await watch(run, `watch.${step}`, done);
  const verdict = await verify(run, { step: `verify.${step}`, deployed: done, limitF1: null });
  if (healthy && verdict === 'verified') {
    throw new Ended(
      'resolved',
      `verified after the rollback: ${done.to} is healthy against its own training reference`,
    );
  }
  const why = verdict === 'not_helped' ? 'the trigger still fires' : 'it could not be verified';
  throw new Ended('mitigated', `rolled back to ${done.to}, but ${why}: it stays with a person`);
}
