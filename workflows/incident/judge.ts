import type { ActionEntry } from '../../src/domain/actions/entry.ts';
import type { ActionRecord } from '../../src/domain/actions/record.ts';
import { Deployed } from '../../src/domain/actions/swap.ts';
import { evaluateGate } from '../../src/domain/gate.ts';
import { TrainingJob } from '../../src/domain/platform.ts';
import { beginCheck, change, endCheck } from './checks.ts';
import { IncidentEnd } from './flow.ts';
import { observeDeployment } from './observe-deployment.ts';
import type { IncidentRun } from './run.ts';
import { verify } from './verify.ts';
import { waitUntilClear } from './wait-until-clear.ts';

/**
 * Judges an action that ran, by the measure of its catalogue entry. It ends `verified` or `not_helped`.
 * @throws IncidentEnd where the judgement settles the incident
 */
export async function judge(run: IncidentRun, entry: ActionEntry, record: ActionRecord): Promise<void> {
  if (record.state === 'done') change(run, record, 'verifying', record.details);
  const { judge: measure } = entry;
  switch (measure.by) {
    case 'answer':
      return change(run, record, 'verified', record.details);
    case 'gate':
      return gate(run, record);
    case 'deployment':
      return deployment(run, record, measure);
    case 'trigger': {
      const { at } = record.result as { at: string };
      const clear = await waitUntilClear(run, record, {
        repair: measure.repair(record.result, record.params),
        since: measure.rows === 'since the call' ? at : null,
      });
      change(run, record, clear ? 'verified' : 'not_helped', record.details);
      if (clear) throw new IncidentEnd('resolved', measure.verified(record.result, record.params));
      return;
    }
    default: {
      const never: never = measure;
      throw new IncidentEnd('escalated', `an action has the unknown judge ${never}`);
    }
  }
}

/** Passed: the version that was trained may be deployed. Else production stays as it is. */
async function gate(run: IncidentRun, record: ActionRecord): Promise<void> {
  const { result } = TrainingJob.parse(record.result);
  const verdict = evaluateGate(
    {
      candidate: result!.candidate_confusion,
      champion: result!.champion_confusion,
      baselineF1: record.live!.baseline_f1,
      trainingRows: result!.training.rows,
      trainingTo: result!.training.to,
      holdoutFrom: result!.holdout.from,
      holdoutPositives: result!.holdout.positives,
    },
    run.context.policy.gate,
  );
  const checks = verdict.checks.map((check) => `${check.met ? 'met' : 'NOT met'}: ${check.text}`);
  const check = beginCheck(run, record, 'evaluation_gate', 'the candidate is compared with the champion');
  endCheck(run, check, verdict.passed ? 'passed' : 'failed', checks.join('; '));
  change(run, record, verdict.passed ? 'verified' : 'not_helped', record.details);
  await run.record();
}

async function deployment(
  run: IncidentRun,
  record: ActionRecord,
  { limit, otherwise }: Extract<ActionEntry['judge'], { by: 'deployment' }>,
): Promise<void> {
  const deployed = Deployed.parse(record.result);
  const healthy = await observeDeployment(run, record, deployed);
  const byGate = limit === 'gate';
  if (!healthy && otherwise === 'next action') return change(run, record, 'not_helped', record.details);
  const limitF1 = byGate ? record.live!.baseline_f1 - run.context.policy.gate.max_f1_drop : null;
  const verdict = await verify(run, record, { deployed, limitF1 });
  const helped = healthy && verdict === 'verified';
  change(run, record, helped ? 'verified' : 'not_helped', record.details);
  if (helped) {
    const after = byGate ? 'verified' : 'verified after the rollback';
    throw new IncidentEnd(
      'resolved',
      `${after}: ${deployed.to} is healthy against its own training reference`,
    );
  }
  if (otherwise === 'mitigated') {
    const why = verdict === 'not_helped' ? 'the trigger still fires' : 'it could not be verified';
    throw new IncidentEnd('mitigated', `rolled back to ${deployed.to}, but ${why}: it stays with a person`);
  }
  if (verdict === 'inconclusive')
    throw new IncidentEnd(
      'inconclusive',
      `not enough labels arrived to judge ${deployed.to}; a person looks again`,
    );
}
