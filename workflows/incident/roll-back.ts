import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import { activities } from '../activities.ts';
import { approved } from './approved.ts';
import { measuredF1, sayAll, tryMeasure } from './confirm.ts';
import type { IncidentRun } from './run.ts';
import { Ended, type Outcome } from './turns.ts';
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
  const params = { version: status.previousVersion, expectedActive: status.activeVersion };
  const tried = view.actions
    .filter((a) => a.status === 'failed')
    .map((a) => `${a.action} failed: ${a.details}`);
  const go = await approved(run, status.activeVersion, {
    step,
    action: 'rollback_model',
    tool: 'rollback_model',
    params: { model: status.model, ...params },
    title: `roll ${status.model} back from ${status.activeVersion} to ${status.previousVersion}`,
    why: tried.length > 0 ? `${tried.at(-1)}; ${diagnosis.root_cause}` : diagnosis.root_cause,
    risk: `production predictions change at once; ${status.previousVersion} has not seen the changed data either`,
    undo: `deploy ${status.activeVersion} again`,
    facts: tried,
  });
  if (!go) return 'skipped';

  const done = await run.step(`${step}.swap`, (attempt) =>
    activities.rollback_model({
      incidentId: context.incidentId,
      component: view.component,
      key: run.key(`${step}.swap`, attempt, params),
      ...params,
      reason: diagnosis.root_cause,
    }),
  );
  if (!done) return 'failed';
  progress.riskyActionTaken = true;
  run.log('rollback_model', 'completed', `${done.to} took the traffic from ${done.from} at ${done.at}`);
  await run.record();

  const healthy = await watch(run, `watch.${step}`, done);
  const measured = await tryMeasure(run, { component: view.component, version: done.to, since: done.at });
  const measurements = measured?.measurements ?? [];
  view.f1_after = measuredF1(measurements);
  const said = sayAll(measurements);
  const clear = healthy && measurements.length > 0 && measurements.every((m) => m.state === 'clear');
  if (clear) throw new Ended('resolved', `after the rollback everything measured is clear: ${said}`);
  throw new Ended(
    'mitigated',
    `rolled back to ${done.to}; the trigger is not clear, so it stays with a person: ${said}`,
  );
}
