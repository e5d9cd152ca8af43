import { z } from 'zod';
import { FEATURES } from '../world.ts';
import { defineFault, Feature, Share } from './fault.ts';

const Affine = z.strictObject({ scale: z.number().default(1), shift: z.number().default(0) });

/**
 * A new version that looks good offline and is worse in production: its training computed features otherwise than serving
 * does, `v' = scale · v + shift`. Data and labels were in order.
 */
export const modelRegression = defineFault(
  {
    features: z
      .partialRecord(Feature, Affine)
      .refine((features) => Object.keys(features).length > 0, 'name at least one feature')
      .default({ V14: { scale: 3, shift: 0 } }),
  },
  ({ features }) => {
    const entries = Object.entries(features) as [string, z.output<typeof Affine>][];
    const skew = entries.map(([feature, change]) => ({ j: FEATURES.indexOf(feature), ...change }));
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
 * A new version that was trained, and judged offline, on wrong labels: of a segment (one side of a feature's median) frauds'
 * labels were lost, or other rows were labelled as fraud. Its training statistics show it.
 */
export const trainingDataCorruption = defineFault(
  {
    labels: z.enum(['lost', 'added']).default('lost'),
    /** The feature whose higher values are the segment. */
    segment: Feature.default('V20'),
    /** Lost: share of all frauds whose label is; added: share of all rows that get one. */
    share: Share.default(0.5),
  },
  ({ labels, segment, share }) => {
    const j = FEATURES.indexOf(segment);
    const cut = quantile(labels === 'lost' ? Math.min(share, 0.999) : Math.min(share, 0.5));
    return {
      release: {
        reason: 'scheduled refresh on newer rows',
        relabel: (row, label) => {
          const inSegment = row[j]! > cut;
          if (labels === 'lost') return label && inSegment ? 0 : label;
          return inSegment ? 1 : label;
        },
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
