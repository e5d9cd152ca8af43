import { z } from 'zod';
import type { Affine } from '../models.ts';
import { defineFault, type FaultScope, Share } from './fault.ts';

const AffineChange = z.strictObject({ scale: z.number().default(1), shift: z.number().default(0) });

/**
 * A new version that looks good offline and is worse in production: its training computed features otherwise than serving
 * does, `v' = scale · v + shift`. Data and labels were in order.
 */
export const modelRegression = ({ spec, Feature }: FaultScope) =>
  defineFault(
    {
      features: z
        .partialRecord(Feature as z.ZodType<string> & z.core.$ZodRecordKey, AffineChange)
        .refine((features) => Object.keys(features).length > 0, 'name at least one feature')
        .default(spec.defaults.skew),
    },
    ({ features }) => {
      const entries = Object.entries(features) as [string, Affine][];
      const skew = entries.map(([feature, change]) => ({ j: spec.features.indexOf(feature), ...change }));
      return {
        release: {
          reason: 'scheduled refresh on newer rows',
          prepare(row) {
            for (const { j, scale, shift } of skew) row[j] = scale * row[j]! + shift;
          },
        },
      };
    },
  );

/**
 * A new version that was trained, and judged offline, on wrong labels; its training statistics show it. Lost: the frauds that
 * are least like fraud in some features have no label, as when labels are joined from a rule's hits. Added: rows that lie
 * highest in some features are labelled as fraud, as when a test run is taken for chargebacks.
 */
export const trainingDataCorruption = ({ spec, Feature }: FaultScope) =>
  defineFault(
    {
      labels: z.enum(['lost', 'added']).default('lost'),
      /** Default: the strongest features where labels are lost, a weak one where they are added. */
      features: z.array(Feature).min(1).optional(),
      /** Lost: share of the frauds, default 0.5; added: share of all rows, default 0.14. */
      share: Share.max(0.95).optional(),
    },
    ({ labels, features, share }) => {
      const lost = labels === 'lost';
      const names = features ?? (lost ? spec.strongest : spec.defaults.mislabelled);
      const columns = names.map((feature) => spec.features.indexOf(feature));
      // Of normal features any weighted sum is normal: with unit variance and this mean among the rows in question.
      const weights = columns.map((j) => (lost ? -spec.positiveMeans[j]! : 1));
      const length = Math.hypot(...weights);
      const cut = quantile(share ?? (lost ? 0.5 : 0.14)) - (lost ? length : 0);
      const inSegment = (row: Float64Array) =>
        columns.reduce((sum, j, i) => sum + weights[i]! * row[j]!, 0) / length > cut;
      return {
        release: {
          reason: 'scheduled refresh on newer rows',
          relabel: (row, label) => (inSegment(row) ? (lost ? 0 : 1) : label),
        },
      };
    },
  );

/** The value that a share of a standard normal lies above (Abramowitz and Stegun 26.2.23, error below 4.5e-4). */
function quantile(share: number): number {
  const tail = Math.min(share, 1 - share);
  const t = Math.sqrt(-2 * Math.log(tail));
  const value =
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
  return share < 0.5 ? value : -value;
}
