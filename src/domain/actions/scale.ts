import { z } from 'zod';
import { replicasWanted } from '../capacity.ts';
import { missing, SystemReference } from '../component-status.ts';
import { claimsOf, defineAction, reasonOf } from './entry.ts';

const Params = z.strictObject({
  system: SystemReference,
  model: z.string(),
  replicas: z.number().int().min(1).max(64),
  /** The platform refuses when another number is up by then. */
  expectedReplicas: z.number().int(),
  reason: z.string(),
});
export type ScaleParams = z.infer<typeof Params>;

/** The platform's answer, read back. */
export const Scaled = z.object({ from: z.number(), to: z.number(), at: z.string() });
export type Scaled = z.infer<typeof Scaled>;

/** Adds servers. */
export const scaleInfrastructure = defineAction({
  name: 'scale_infrastructure',
  noun: 'scaling',
  tool: 'scale_infrastructure',
  risky: true,
  proposable: true,
  needs: ['serving'],
  params: Params,
  editable: ['replicas'],
  prepare: (facts) => {
    const { status, component } = facts;
    if (!status?.serving) return { impossible: missing(component, 'serving') };
    const { system, replicas } = status.serving;
    return {
      system,
      model: status.model,
      replicas: replicasWanted(status.serving),
      expectedReplicas: replicas,
      reason: reasonOf(facts),
    };
  },
  card: ({ model, replicas, expectedReplicas }, { status, diagnosis }) => ({
    title: `scale ${model} from ${expectedReplicas} to ${replicas} replicas`,
    why: diagnosis?.root_cause ?? 'asked for by a person',
    risk: 'costs more for as long as they run',
    undo: `scale back to ${expectedReplicas} replicas`,
    facts: [
      ...(status?.serving
        ? [
            `cpu ${Math.round(status.serving.cpu * 100)} % on ${status.serving.replicas} replicas, ${status.serving.queue} requests wait`,
          ]
        : []),
      ...claimsOf(diagnosis),
    ],
  }),
  limits: { startToClose: '5 minutes', attempts: 10 },
  judge: {
    by: 'trigger',
    rows: 'since the call',
    repair: (result) => `${Scaled.parse(result).to} replicas`,
    verified: (result) => `verified: with ${Scaled.parse(result).to} replicas the trigger is clear`,
  },
  report: (result) => {
    const { from, to, at } = Scaled.parse(result);
    return `${from} → ${to} replicas at ${at}`;
  },
});
