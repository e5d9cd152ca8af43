import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import { evaluateGate } from '../../src/domain/gate.ts';
import type { TrainingJob } from '../../src/platform/schemas.ts';
import { activities } from '../activities.ts';
import type { Deployed, ModelStatus } from '../contracts.ts';
import { approved } from './approved.ts';
import type { IncidentRun } from './run.ts';
import { Ended, type Outcome } from './turns.ts';
import { verify } from './verify.ts';
import { watch } from './watch.ts';

/** Retrain, judge at the gate, deploy by blue-green swap, watch, verify; production is untouched until the deployment. */
export async function retrain(run: IncidentRun, diagnosis: Diagnosis): Promise<Outcome> {
  const { view, context, progress } = run;
  const step = `retrain.${progress.round}`;
  const since = diagnosis.onset ?? view.symptoms[0]!.first_at;
  const status = await run.step(`${step}.status`, () => activities.model_status(view.component));
  if (!status) return 'skipped';

  const params = { since, reason: diagnosis.root_cause };
  const go = await approved(run, status.activeVersion, {
    step,
    action: 'retrain_model',
    tool: 'trigger_retraining',
    params: { model: status.model, ...params },
    title: `retrain ${status.model} on rows since ${since}`,
    why: diagnosis.root_cause,
    risk: 'uses training capacity for some minutes; production is not touched',
    undo: 'stop the job; a candidate that is not deployed changes nothing',
    facts: [
      `live: ${status.activeVersion}, baseline F1 ${status.baselineF1.toFixed(3)}`,
      ...claimsOf(diagnosis),
    ],
  });
  if (!go) return 'skipped';

  const started = await run.step(`${step}.trigger`, (attempt) =>
    activities.trigger_retraining({
      incidentId: context.incidentId,
      component: view.component,
      key: run.key(`${step}.trigger`, attempt, params),
      ...params,
    }),
  );
  if (!started) return 'failed';
  progress.riskyActionTaken = true;
  run.log('retrain_model', 'running', `job ${started.jobId}`);
  view.waiting_for = `training job ${started.jobId}`;
  await run.record();

  const job = await run.step(`${step}.follow`, () =>
    activities.follow_training({ jobId: started.jobId, incidentId: context.incidentId }),
  );
  if (!job) return 'failed';
  if (job.status !== 'succeeded' || !job.result) {
    run.log('retrain_model', 'failed', `job ${job.id} ${job.status}: ${job.message}`);
    await run.record();
    return 'failed';
  }
  const { result } = job;
  run.log(
    'retrain_model',
    'completed',
    `job ${job.id} made ${result.version} from ${result.training.rows} rows`,
  );

  const gate = evaluateGate(gateInput(result, status), context.policy.gate);
  const checks = gate.checks.map((check) => `${check.met ? 'met' : 'NOT met'}: ${check.text}`);
  run.log('evaluation_gate', gate.passed ? 'completed' : 'failed', checks.join('; '));
  await run.record();
  if (!gate.passed) return 'failed';
  return deploy(run, diagnosis, status, result.version, checks);
}

async function deploy(
  run: IncidentRun,
  diagnosis: Diagnosis,
  status: ModelStatus,
  version: string,
  gateChecks: string[],
): Promise<Outcome> {
  const { view, context, progress } = run;
  const step = `deploy.${progress.round}`;
  const reason = `retrained after ${diagnosis.category}: ${diagnosis.root_cause}`;
  const params = { version, expectedActive: status.activeVersion };
  const go = await approved(run, status.activeVersion, {
    step,
    action: 'deploy_model',
    tool: 'deploy_model',
    params: { model: status.model, ...params },
    title: `deploy ${status.model} ${version} in place of ${status.activeVersion} (blue-green)`,
    why: `the evaluation gate passed: ${diagnosis.root_cause}`,
    risk: 'production predictions change at once for all traffic',
    undo: `roll back to ${status.activeVersion}, which stays loaded in the other slot`,
    facts: gateChecks,
  });
  if (!go) return 'skipped';

  const deployed = await run.step(`${step}.swap`, (attempt) =>
    activities.deploy_model({
      incidentId: context.incidentId,
      component: view.component,
      key: run.key(`${step}.swap`, attempt, params),
      ...params,
      reason,
    }),
  );
  if (!deployed) return 'failed';
  run.log(
    'deploy_model',
    'completed',
    `${deployed.to} took the traffic from ${deployed.from} at ${deployed.at}`,
  );
  await run.record();
  return judge(run, status, deployed);
}

/** Watches and verifies the new version. One that does not help is `failed`: the way back is asked for next. */
async function judge(run: IncidentRun, status: ModelStatus, deployed: Deployed): Promise<Outcome> {
  if (!(await watch(run, `watch.${run.progress.round}`, deployed))) return 'failed';
  const verdict = await verify(run, {
    step: `verify.${run.progress.round}`,
    deployed,
    limitF1: status.baselineF1 - run.context.policy.gate.max_f1_drop,
  });
  switch (verdict) {
    case 'verified':
      throw new Ended('resolved', `verified: ${deployed.to} is healthy against its own training reference`);
    case 'inconclusive':
      throw new Ended(
        'inconclusive',
        `not enough labels arrived to judge ${deployed.to}; a person looks again`,
      );
    case 'not_helped':
      return 'failed';
    default: {
      const never: never = verdict;
      throw new RangeError(`unknown verdict ${never}`);
    }
  }
}

function gateInput(result: NonNullable<TrainingJob['result']>, status: ModelStatus) {
  return {
    candidate: result.candidate_confusion,
    champion: result.champion_confusion,
    baselineF1: status.baselineF1,
    trainingRows: result.training.rows,
    trainingTo: result.training.to,
    holdoutFrom: result.holdout.from,
    holdoutPositives: result.holdout.positives,
  };
}

function claimsOf(diagnosis: Diagnosis): string[] {
  return diagnosis.claims.slice(0, 4).map((claim) => claim.text);
}
