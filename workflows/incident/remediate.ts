import { entryOf } from '../../src/domain/actions/catalogue.ts';
import type { Diagnosis, RecommendedAction } from '../../src/domain/diagnosis.ts';
import { IncidentEnd } from './flow.ts';
import { notify } from './notify.ts';
import { perform } from './perform.ts';
import type { IncidentRun } from './run.ts';

/**
 * Tells people, then goes through the risky part of the plan, one action at a time, each behind its approval. A fallback ("if
 * retrain fails") is asked for only when one before it failed.
 */
export async function remediate(run: IncidentRun, diagnosis: Diagnosis): Promise<void> {
  await notify(run, diagnosis);
  const plan = riskyPlan(diagnosis);
  if (plan.length === 0)
    throw new IncidentEnd(endWithoutAction(run, diagnosis), 'the diagnosis calls for no risky action');
  if (!run.context.measured) {
    throw new IncidentEnd(
      'escalated',
      `nobody measures ${run.view.component}, so nothing can be verified: a person takes over`,
    );
  }
  let failed = false;
  for (const item of plan) {
    if (item.only_after_failure && !failed) continue;
    const result = await perform(run, item.action);
    if (result === 'done') return;
    failed = failed || result === 'failed';
  }
  throw new IncidentEnd('escalated', 'no action of the plan repaired it; a person takes over');
}

/** The risky actions in order, those that a diagnosis may propose. */
function riskyPlan(diagnosis: Diagnosis): RecommendedAction[] {
  if (diagnosis.verdict === 'inconclusive' || diagnosis.verdict === 'healthy') return [];
  const plan = diagnosis.recommended_actions
    .filter(({ action }) => entryOf(action).risky && entryOf(action).proposable)
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
