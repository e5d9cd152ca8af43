import { z } from 'zod';

/**
 * The name of a root cause in snake case, such as `upstream_change`; `healthy` or `unknown` where no cause is named. The list of
 * causes is `src/reasoning/causes/index.ts`; the schema leaves it open, so that a new cause needs no change here.
 */
export const Category = z
  .string()
  .max(64)
  .regex(/^[a-z]+(_[a-z0-9]+)*$/)
  .meta({
    id: 'Category',
    description: 'Name of the root cause in snake case; `healthy` or `unknown` where no cause is named.',
    examples: ['upstream_change', 'healthy', 'unknown'],
  });
export type Category = z.infer<typeof Category>;
