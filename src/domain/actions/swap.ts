import { z } from 'zod';
import { missing, SystemReference } from '../component-status.ts';
import { TrainingJob } from '../platform.ts';
import { type ActionFacts, defineAction, reasonOf } from './entry.ts';

const Params = z.strictObject({
  system: SystemReference,
  model: z.string(),
  version: z.string(),
  /** The registry refuses the swap when another version is live by then. */
  expectedActive: z.string(),
  reason: z.string(),
});
export type SwapParams = z.infer<typeof Params>;

/** The registry's answer to a swap. */
export const Deployed = z.object({ from: z.string().nullable(), to: z.string(), at: z.string() });
export type Deployed = z.infer<typeof Deployed>;

const report = (result: unknown) => {
  const { from, to, at } = Deployed.parse(result);
  return `${to} took the traffic from ${from} at ${at}`;
};

/** Puts the version of the last retraining that passed the gate into production, blue-green. */
export const deployModel = defineAction({
  name: 'deploy_model',
  noun: 'a deployment',
  tool: 'deploy_model',
  risky: true,
  // A deployment follows from a retraining and its gate, never from a diagnosis alone.
  proposable: false,
  needs: ['registry'],
  params: Params,
  editable: [],
  prepare: (facts) => {
    const { status, component } = facts;
    if (!status?.registry) return { impossible: missing(component, 'registry') };
    const trained = trainedVersion(facts);
    if (!trained) return { impossible: 'no retraining of this incident has passed the evaluation gate' };
    const { system, activeVersion } = status.registry;
    return {
      system,
      model: status.model,
      version: trained,
      expectedActive: activeVersion,
      reason: reasonOf(facts),
    };
  },
  card: ({ model, version, expectedActive }, { diagnosis, earlier }) => ({
    title: `deploy ${model} ${version} in place of ${expectedActive} (blue-green)`,
    why: `the evaluation gate passed: ${diagnosis?.root_cause ?? 'retrained'}`,
    risk: 'production predictions change at once for all traffic',
    undo: `roll back to ${expectedActive}, which stays loaded in the other slot`,
    facts: lastRetraining(earlier)?.checks.flatMap(({ details }) => details.split('; ')) ?? [],
  }),
  limits: { startToClose: '5 minutes', attempts: 10 },
  judge: { by: 'deployment', limit: 'gate', otherwise: 'next action' },
  report,
});

/** Goes back to the version that was live before. If the trigger still fires then, the incident is mitigated at best. */
export const rollbackModel = defineAction({
  name: 'rollback_model',
  noun: 'a rollback',
  tool: 'rollback_model',
  risky: true,
  proposable: true,
  needs: ['registry'],
  params: Params,
  editable: ['version'],
  prepare: (facts) => {
    const { status, component } = facts;
    if (!status?.registry) return { impossible: missing(component, 'registry') };
    const { system, activeVersion, previousVersion } = status.registry;
    if (!previousVersion) return { impossible: `${activeVersion} has no earlier version to go back to` };
    return {
      system,
      model: status.model,
      version: previousVersion,
      expectedActive: activeVersion,
      reason: reasonOf(facts),
    };
  },
  card: ({ model, version, expectedActive }, { diagnosis, earlier }) => {
    const tried = earlier.flatMap(failureOf);
    const cause = diagnosis?.root_cause ?? 'asked for by a person';
    return {
      title: `roll ${model} back from ${expectedActive} to ${version}`,
      why: tried.length > 0 ? `${tried.at(-1)}; ${cause}` : cause,
      risk: `production predictions change at once; ${version} has not seen the changed data either`,
      undo: `deploy ${expectedActive} again`,
      facts: tried,
    };
  },
  limits: { startToClose: '5 minutes', attempts: 10 },
  judge: { by: 'deployment', limit: 'trigger', otherwise: 'mitigated' },
  report,
});

function lastRetraining(earlier: ActionFacts['earlier']) {
  return earlier.findLast(({ action, state }) => action === 'retrain_model' && state === 'verified');
}

function trainedVersion({ earlier }: ActionFacts): string | null {
  const job = TrainingJob.safeParse(lastRetraining(earlier)?.result);
  return job.data?.result?.version ?? null;
}

/** In words, how an earlier action failed or did not help. */
function failureOf({ action, state, details, checks }: ActionFacts['earlier'][number]): string[] {
  const failed = checks.filter((check) => check.state === 'failed');
  if (failed.length > 0) return failed.map((check) => `${check.check} failed: ${check.details}`);
  return state === 'failed' ? [`${action} failed: ${details}`] : [];
}
