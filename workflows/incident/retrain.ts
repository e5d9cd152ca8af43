import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import { evaluateGate, type GateVerdict } from '../../src/domain/gate.ts';
import type { TrainingJob } from '../../src/domain/platform.ts';
import { activities } from '../activities.ts';
import type { Deployed, ModelStatus } from '../contracts.ts';
import type { ApprovalRequest } from './approval-desk.ts';
import { risky } from './risky.ts';
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
  const { incidentId } = context;

  const card: ApprovalRequest = {
    step,
    action: 'retrain_model',
    tool: 'trigger_retraining',
    params: { model: status.model, since },
    title: `retrain ${status.model} on rows since ${since}`,
    why: diagnosis.root_cause,
    risk: 'uses training capacity for some minutes; production is not touched',
    undo: 'stop the job; a candidate that is not deployed changes nothing',
    facts: [
      `live: ${status.activeVersion}, baseline F1 ${status.baselineF1.toFixed(3)}`,
      ...claimsOf(diagnosis),
    ],
  };
  const started = await risky(run, card, status.activeVersion, (key) =>
    activities.trigger_retraining({
      incidentId,
      component: view.component,
      key,
      since,
      reason: `${incidentId}: ${diagnosis.category}`,
    }),
  );
  if (started.outcome !== 'done') return started.outcome;
  const { jobId } = started.value;
  if (run.first(`${step}.started`)) {
    progress.riskyActionTaken = true;
    run.log('retrain_model', 'running', `job ${jobId}`);
    view.waiting_for = `training job ${jobId}`;
    await run.record();
  }

  const job = await run.step(`${step}.follow`, () =>
    run.unlessClosed(() => activities.follow_training({ jobId, incidentId })),
  );
  if (!job) return 'failed';
  const version = await gate(run, step, job, status);
  return version === null ? 'failed' : deploy(run, diagnosis, status, version);
}

/** The version that passed the evaluation gate, or null: then production stays as it is. */
async function gate(
  run: IncidentRun,
  step: string,
  job: TrainingJob,
  status: ModelStatus,
): Promise<string | null> {
  const { result } = job;
  const verdict = result && evaluateGate(gateInput(result, status), run.context.policy.gate);
  if (run.first(`${step}.judged`)) {
    if (!verdict) {
      run.log('retrain_model', 'failed', `job ${job.id} ${job.status}: ${job.message}`);
    } else {
      run.log(
        'retrain_model',
        'completed',
        `job ${job.id} made ${result.version} from ${result.training.rows} rows`,
      );
      run.log('evaluation_gate', verdict.passed ? 'completed' : 'failed', said(verdict).join('; '));
      if (verdict.passed) run.progress.results[`${step}.gate`] = said(verdict);
    }
    await run.record();
  }
  return verdict?.passed ? result!.version : null;
}

async function deploy(
  run: IncidentRun,
  diagnosis: Diagnosis,
  status: ModelStatus,
  version: string,
): Promise<Outcome> {
  const { view, context, progress } = run;
  const { incidentId } = context;
  const step = `deploy.${progress.round}`;
  const target = { version, expectedActive: status.activeVersion };
  const card: ApprovalRequest = {
    step,
    action: 'deploy_model',
    tool: 'deploy_model',
    params: { model: status.model, ...target },
    title: `deploy ${status.model} ${version} in place of ${status.activeVersion} (blue-green)`,
    why: `the evaluation gate passed: ${diagnosis.root_cause}`,
    risk: 'production predictions change at once for all traffic',
    undo: `roll back to ${status.activeVersion}, which stays loaded in the other slot`,
    facts: (progress.results[`retrain.${progress.round}.gate`] ?? []) as string[],
  };
  const swapped = await risky(run, card, status.activeVersion, (key) =>
    activities.deploy_model({
      incidentId,
      component: view.component,
      key,
      ...target,
      reason: `${incidentId}: retrained after ${diagnosis.category}`,
    }),
  );
  if (swapped.outcome !== 'done') return swapped.outcome;
  const deployed = swapped.value;
  if (run.first(`${step}.deployed`)) {
    run.log(
      'deploy_model',
      'completed',
      `${deployed.to} took the traffic from ${deployed.from} at ${deployed.at}`,
    );
    await run.record();
  }
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

/** The gate's checks as they stand on the card and in the log. */
function said(verdict: GateVerdict): string[] {
  return verdict.checks.map((check) => `${check.met ? 'met' : 'NOT met'}: ${check.text}`);
}

function claimsOf(diagnosis: Diagnosis): string[] {
  return diagnosis.claims.slice(0, 4).map((claim) => claim.text);
}
