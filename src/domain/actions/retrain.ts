import { z } from 'zod';
import { missing, SystemReference } from '../component-status.ts';
import { TrainingJob } from '../platform.ts';
import { claimsOf, defineAction, reasonOf } from './entry.ts';

const Params = z.strictObject({
  system: SystemReference,
  model: z.string(),
  /** Only labelled rows from here on are used, ISO 8601. */
  since: z.iso.datetime(),
  reason: z.string(),
});
export type RetrainParams = z.infer<typeof Params>;

/** Trains a new version on rows since the onset. Production is untouched: a version that passes the gate is deployed by `deploy_model`. */
export const retrainModel = defineAction({
  name: 'retrain_model',
  noun: 'retraining',
  tool: 'trigger_retraining',
  follow: 'follow_training',
  risky: true,
  proposable: true,
  needs: ['registry', 'trainer'],
  params: Params,
  editable: ['since'],
  prepare: (facts) => {
    const { status, component, diagnosis, symptoms } = facts;
    if (!status?.trainer) return { impossible: missing(component, 'trainer') };
    return {
      system: status.trainer.system,
      model: status.model,
      since: diagnosis?.onset ?? symptoms[0]!.first_at,
      reason: reasonOf(facts),
    };
  },
  card: ({ model, since }, { status, diagnosis }) => ({
    title: `retrain ${model} on rows since ${since}`,
    why: diagnosis?.root_cause ?? 'asked for by a person',
    risk: 'uses training capacity for some minutes; production is not touched',
    undo: 'stop the job; a candidate that is not deployed changes nothing',
    facts: [
      ...(status?.registry
        ? [`live: ${status.registry.activeVersion}, baseline F1 ${status.registry.baselineF1.toFixed(3)}`]
        : []),
      ...claimsOf(diagnosis),
    ],
  }),
  failure: (result) => {
    const { id, status, message, result: trained } = TrainingJob.parse(result);
    return trained ? null : `job ${id} ${status}: ${message}`;
  },
  judge: { by: 'gate', next: 'deploy_model' },
  report: (result) => {
    const { id, result: trained } = TrainingJob.parse(result);
    return `job ${id} made ${trained!.version} from ${trained!.training.rows} rows`;
  },
});
