import { z } from 'zod';
import type { ModelSpec } from '../models.ts';
import { defineFault, type FaultScope, Ramp, Share } from './fault.ts';

/** Fraud where the model does not look: nothing of the usual direction, as far away from the rest in another one. */
function elsewhere({ features, positiveMeans, strongest }: ModelSpec): number[] {
  const turned = features.map((feature, j) =>
    strongest.includes(feature) ? 0 : (j % 4 < 2 ? 1 : -1) * positiveMeans[j]!,
  );
  const scale = Math.hypot(...positiveMeans) / Math.hypot(...turned);
  return turned.map((mean) => mean * scale);
}

/** Fraud goes another way, while the traffic as a whole looks as before. */
export const conceptDrift = ({ spec }: FaultScope) =>
  defineFault(
    {
      /** Share of the frauds that do. */
      share: Share.default(0.4),
      /** Minutes until it is so many. */
      ramp: Ramp.default(20),
    },
    ({ share, ramp }) => ({
      changes: [{ kind: 'fraud', share, rampMs: ramp * 60_000, means: elsewhere(spec) }],
    }),
  );

/** Much more fraud, of the kind the model knows; what is added has some features in common. */
export const attackWave = ({ spec, Feature }: FaultScope) =>
  defineFault(
    {
      /** Share of fraud in the traffic. */
      share: z
        .number()
        .gt(spec.positiveShare)
        .max(0.5)
        .default(spec.positiveShare + 0.14),
      /** What the frauds of the wave have in common. */
      features: z
        .partialRecord(Feature, z.strictObject({ mean: z.number(), sd: z.number().min(0).default(0.15) }))
        .default(spec.defaults.wave),
    },
    ({ share, features }) => ({
      changes: [{ kind: 'wave', share, features: features as Record<string, { mean: number; sd: number }> }],
    }),
  );
