import { z } from 'zod';
import { defineFault, Share } from './fault.ts';

/** The loader does not get its batches through: part of the rows never arrives. Serving is not affected. */
export const pipelineFailure = () =>
  defineFault(
    {
      /** Share of the rows that is lost. */
      share: Share.default(0.75),
      /** Whether its runs end as failed, or it is not heard of at all. */
      runs: z.enum(['failed', 'missing']).default('failed'),
    },
    ({ share, runs }) => ({ changes: [{ kind: 'loss', share, reported: runs === 'failed' }] }),
  );

/** The loader loads every batch several times. */
export const duplicateLoad = () =>
  defineFault(
    {
      /** How often every batch ends up in the warehouse. */
      times: z.int().min(2).max(8).default(3),
    },
    ({ times }) => ({ changes: [{ kind: 'copies', times }], loads: times }),
  );
