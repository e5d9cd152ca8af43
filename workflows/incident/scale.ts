import { replicasWanted } from '../../src/domain/capacity.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import { activities } from '../activities.ts';
import type { ApprovalRequest } from './approval-desk.ts';
import { risky } from './risky.ts';
import type { IncidentRun } from './run.ts';
import { settles } from './settle.ts';
import { Ended, type Outcome } from './turns.ts';

/** Adds servers, and sees whether what is answered since then is fast enough. */
export async function scale(run: IncidentRun, diagnosis: Diagnosis): Promise<Outcome> {
  const { view, context, progress } = run;
  const step = `scale.${progress.round}`;
  const known = await run.step(`${step}.status`, () =>
    Promise.all([activities.capacity_status(view.component), activities.model_status(view.component)]),
  );
  if (!known) return 'skipped';
  const [capacity, model] = known;
  const { incidentId } = context;
  const target = { replicas: replicasWanted(capacity), expectedReplicas: capacity.replicas };
  const card: ApprovalRequest = {
    step,
    action: 'scale_infrastructure',
    tool: 'scale_infrastructure',
    params: { component: view.component, ...target },
    title: `scale ${view.component} from ${capacity.replicas} to ${target.replicas} replicas`,
    why: diagnosis.root_cause,
    risk: 'costs more for as long as they run',
    undo: `scale back to ${capacity.replicas} replicas`,
    facts: [
      `cpu ${Math.round(capacity.cpu * 100)} % on ${capacity.replicas} replicas, ${capacity.queue} requests wait`,
      ...diagnosis.claims.slice(0, 4).map((claim) => claim.text),
    ],
  };
  const called = await risky(run, card, model.activeVersion, (key) =>
    activities.scale_infrastructure({
      incidentId,
      component: view.component,
      key,
      ...target,
      reason: `${incidentId}: ${diagnosis.category}`,
    }),
  );
  if (called.outcome !== 'done') return called.outcome;
  const { from, to, at } = called.value;
  if (run.first(`${step}.done`)) {
    progress.riskyActionTaken = true;
    run.log('scale_infrastructure', 'completed', `${from} → ${to} replicas at ${at}`);
    await run.record();
  }
  if (await settles(run, `verify.${step}`, { repair: `${to} replicas`, since: at })) {
    throw new Ended('resolved', `verified: with ${to} replicas the trigger is clear`);
  }
  return 'failed';
}
