import { type Action, RISKY_ACTIONS } from '../../src/domain/catalogue.ts';
import type { Diagnosis, RecommendedAction } from '../../src/domain/diagnosis.ts';
import { notify } from './notify.ts';
import { rerun } from './rerun.ts';
import { retrain } from './retrain.ts';
import { rollBack } from './roll-back.ts';
import type { IncidentRun } from './run.ts';
import { scale } from './scale.ts';
import { Ended, type Outcome } from './turns.ts';

/**
 * Tells people, then goes through the risky part of the plan, one action at a time, each behind its approval. A fallback ("if
 * retrain fails") is asked for only when one before it failed.
 */
export async function remediate(run: IncidentRun, diagnosis: Diagnosis): Promise<void> {
  await notify(run, diagnosis);
  const plan = riskyPlan(diagnosis);
  if (plan.length === 0)
    throw new Ended(endWithoutAction(run, diagnosis), 'the diagnosis calls for no risky action');
  if (!run.context.measured) {
    throw new Ended(
      'escalated',
      `nobody measures ${run.view.component}, so nothing can be verified: a person takes over`,
    );
  }
  let failed = false;
  for (const item of plan) {
    if (item.only_after_failure && !failed) continue;
    const outcome = await carryOut(run, item.action, diagnosis);
    if (outcome === 'done') return;
    failed = failed || outcome === 'failed';
  }
  throw new Ended('escalated', 'no action of the plan repaired it; a person takes over');
}

async function carryOut(run: IncidentRun, action: Action, diagnosis: Diagnosis): Promise<Outcome> {
  switch (action) {
    case 'retrain_model':
      return retrain(run, diagnosis);
    case 'rollback_model':
      return rollBack(run, diagnosis);
    case 'rerun_pipeline':
      return rerun(run, diagnosis);
    case 'scale_infrastructure':
      return scale(run, diagnosis);
    default:
      throw new RangeError(`${action} is no step of a plan`);
  }
}

/** The risky actions in order. A deployment follows from a retraining and its gate, never from a diagnosis alone. */
function riskyPlan(diagnosis: Diagnosis): RecommendedAction[] {
  if (diagnosis.verdict === 'inconclusive' || diagnosis.verdict === 'healthy') return [];
  const plan = diagnosis.recommended_actions
    .filter((item) => RISKY_ACTIONS.includes(item.action) && item.action !== 'deploy_model')
    .sort((a, b) => a.priority - b.priority);
  const retrains = plan.some((item) => item.action === 'retrain_model');
  if (retrains && !plan.some((item) => item.action === 'rollback_model')) {
    plan.push({
      action: 'rollback_model',
      priority: 99,
      requires_approval: true,
      condition: 'if retrain fails',
    });
  }
  return plan;
}

function endWithoutAction(
  run: IncidentRun,
  { verdict }: Diagnosis,
): 'closed_no_action' | 'inconclusive' | 'escalated' {
  if (verdict === 'healthy') return 'closed_no_action';
  // A known cause that nothing in the catalogue repairs, such as an attack, stays with a person.
  return verdict === 'inconclusive' && run.context.measured ? 'inconclusive' : 'escalated';
}
