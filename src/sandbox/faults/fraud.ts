import { z } from 'zod';
import { FEATURES, FRAUD_MEANS, FRAUD_NORM, FRAUD_SHARE } from '../world.ts';
import { defineFault, Feature, Ramp, Share } from './fault.ts';

/** Fraud where the model does not look: nothing of the usual direction, as far away from the rest in another one. */
const ELSEWHERE = (() => {
  const turned = FEATURES.map((feature, j) =>
    feature === 'V14' || feature === 'V17' ? 0 : (j % 4 < 2 ? 1 : -1) * FRAUD_MEANS[j]!,
  );
  const length = Math.hypot(...turned);
  return turned.map((mean) => (mean * FRAUD_NORM) / length);
})();

/** Fraud goes another way, while the traffic as a whole looks as before. */
export const conceptDrift = defineFault(
  {
    /** Share of the frauds that do. */
    share: Share.default(0.4),
    /** Minutes until it is so many. */
    ramp: Ramp.default(20),
  },
  ({ share, ramp }) => ({
    changes: [{ kind: 'fraud', share, rampMs: ramp * 60_000, means: ELSEWHERE }],
  }),
);

/** Much more fraud, of the kind the model knows; what is added has some features in common. */
export const attackWave = defineFault(
  {
    /** Share of fraud in the traffic. */
    share: z.number().gt(FRAUD_SHARE).max(0.5).default(0.16),
    /** What the frauds of the wave have in common. */
    features: z
      .partialRecord(Feature, z.strictObject({ mean: z.number(), sd: z.number().min(0).default(0.15) }))
      .default({ amount: { mean: -0.9, sd: 0.15 } }),
  },
  ({ share, features }) => ({
    changes: [{ kind: 'wave', share, features: features as Record<string, { mean: number; sd: number }> }],
  }),
);
