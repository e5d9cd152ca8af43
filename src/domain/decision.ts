import { z } from 'zod';

const Person = z.string().min(1).max(100);

/**
 * A person's answer to one approval, as signal or Update `decide`; one plain JSON object, so that Temporal Web and the
 * `temporal` command can send it as it is. REST overwrites `by` with the name of the token.
 */
export const Decision = z
  .strictObject({
    approvalId: z.string().min(1).max(40),
    decision: z.enum(['approve', 'deny', 'edit']),
    by: Person,
    /** Needed for a denial. */
    reason: z.string().max(1000).optional(),
    /** For `edit`: the parameters that differ. It makes a new card, which needs an approval of its own. */
    params: z.record(z.string(), z.unknown()).optional(),
    /** The same decision sent twice (an Update that timed out, then the signal) carries one id and counts once. */
    decisionId: z.string().max(100).optional(),
  })
  .refine((d) => d.decision !== 'deny' || (d.reason ?? '').trim() !== '', {
    path: ['reason'],
    message: 'a denial needs a reason: it goes on record and to the agent',
  })
  .refine((d) => (d.decision === 'edit') === (d.params !== undefined), {
    path: ['params'],
    message: 'an edit needs params, and no other decision takes them',
  })
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof Decision>;

export const OPERATIONS = ['continue', 'skip', 'close', 'acknowledge', 'note'] as const;

/** A person's command to an incident, as signal or Update `operate`. `stepId` carries the epoch; a stale one is not obeyed. */
export const Operation = z
  .strictObject({
    command: z.enum(OPERATIONS),
    /** Needed for `continue` and `skip`: the step that waits, as shown in the incident. */
    stepId: z.string().max(80).optional(),
    by: Person,
    reason: z.string().max(1000).optional(),
    operationId: z.string().max(100).optional(),
  })
  .meta({ id: 'Operation' });
export type Operation = z.infer<typeof Operation>;

/** Answer to a decision or an operation. */
export const Receipt = z
  .object({
    /** `accepted`: it counts. `recorded`: kept on record, without effect, for the reason in `message`. */
    outcome: z.enum(['accepted', 'recorded']),
    message: z.string(),
  })
  .meta({ id: 'Receipt' });
export type Receipt = z.infer<typeof Receipt>;

/** `type` of the ApplicationFailure with which the `decide` and `operate` validators refuse; REST maps them to 4xx. */
export const REFUSALS = [
  'InvalidMessage',
  'UnknownApproval',
  'AlreadyDecided',
  'NotForThisTier',
  'ReplacedApproval',
  'StaleStep',
] as const;
export type Refusal = (typeof REFUSALS)[number];
