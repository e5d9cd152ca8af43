import { z } from 'zod';
import { Action } from './actions/catalogue.ts';
import { Category } from './category.ts';

export const RecommendedAction = z.object({
  action: Action,
  /** 1 is first. */
  priority: z.number().int().min(1),
  /** Informative only: what needs approval is decided by policy in workflow code. */
  requires_approval: z.boolean(),
  /** When the action applies, for people, such as "if retrain fails". */
  condition: z.string().optional(),
  /** Asked for only when an action before it failed. */
  only_after_failure: z.boolean().optional(),
});
export type RecommendedAction = z.infer<typeof RecommendedAction>;

/** The Investigator's answer (design §2). Every claim cites at least one stored evidence item. */
export const Diagnosis = z
  .object({
    alert_id: z.string(),
    root_cause: z.string(),
    confidence: z.number().min(0).max(1),
    evidence: z.array(z.string()),
    recommended_actions: z.array(RecommendedAction),
    /** `file.md#anchor` of the section that applies; null where the runbooks have none. */
    runbook_reference: z.string().nullable(),
    similar_incidents: z.array(z.string()),
    verdict: z.enum(['confirmed', 'likely', 'inconclusive', 'healthy']),
    category: Category,
    claims: z.array(z.object({ text: z.string(), evidence: z.array(z.string()).min(1) })),
    /** The model's name, or `rules`. */
    diagnosed_by: z.string(),
    not_found: z.array(z.string()),
    /** When the fault began, as measured, or a time by which it had; retraining uses rows from here on. */
    onset: z.string().nullable(),
  })
  .meta({ id: 'Diagnosis' });
export type Diagnosis = z.infer<typeof Diagnosis>;
