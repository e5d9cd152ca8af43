import { z } from 'zod';
import type { Affine, ModelSpec } from '../models.ts';
import { defineFault, type FaultScope, Ramp, Share } from './fault.ts';

const AffineChange = z.strictObject({ scale: z.number().default(1), shift: z.number().default(0) });

/** A vendor changes scale and offset of features, with a release that the loader sees. The default is the change of design §10. */
export const upstreamChange = ({ spec, shared, features: all, Feature }: FaultScope) =>
  defineFault(
    {
      features: z
        .partialRecord(Feature as z.ZodType<string> & z.core.$ZodRecordKey, AffineChange)
        .refine((features) => Object.keys(features).length > 0, 'name at least one feature')
        .default(
          shared
            ? Object.fromEntries(all.map((name) => [name, { scale: 1.16, shift: 1.05 }]))
            : spec.defaults.upstream,
        ),
      /** Share of the traffic that is affected. */
      share: Share.default(1),
    },
    ({ features, share }) => ({
      changes: [
        {
          kind: 'source',
          share,
          features: features as Record<string, Affine>,
          ...(shared && { pipeline: shared }),
        },
      ],
      sourceRelease: 'session reopened by source',
    }),
  );

/** A source that some features come from does not answer: they are empty. Nothing can be loaded again while it lasts. */
export const sourceOutage = ({ spec, shared, features: all, Feature }: FaultScope) =>
  defineFault(
    {
      features: z
        .array(Feature)
        .min(1)
        .default([...(shared ? all : spec.defaults.outage)]),
      /** Share of the rows that come without them. */
      share: Share.default(0.9),
      /** When the source delivers again; default: not before a reset. */
      end: z.iso.datetime().optional(),
    },
    ({ features, share, end }) => ({
      changes: [
        {
          kind: 'gap',
          share,
          features,
          ...(shared && { pipeline: shared }),
          ...(end && { to: Date.parse(end) }),
        },
      ],
    }),
  );

/**
 * Customers slowly behave otherwise. Shifts alternate in direction and are made orthogonal to the direction of fraud, so that
 * frauds are as far from the rest as before and a model that looks in that direction is right as often.
 */
export const seasonalShift = ({ spec, Feature }: FaultScope) =>
  defineFault(
    {
      features: z
        .array(Feature)
        .min(2)
        .default([...spec.defaults.seasonal]),
      /** How far features move in the end, in standard deviations. */
      magnitude: z.number().gt(0).max(3).default(1),
      /** Minutes until they have moved so far. */
      ramp: Ramp.default(240),
    },
    ({ features, magnitude, ramp }) => ({
      changes: [
        { kind: 'source', share: 1, rampMs: ramp * 60_000, features: sideways(spec, features, magnitude) },
      ],
    }),
    270,
  );

function sideways(
  { features: names, positiveMeans }: ModelSpec,
  features: readonly string[],
  magnitude: number,
) {
  const means = features.map((feature) => positiveMeans[names.indexOf(feature)]!);
  // Signs alternate relative to fraud's own direction, the strongest features against each other.
  const order = means.map((_, i) => i).sort((a, b) => Math.abs(means[b]!) - Math.abs(means[a]!));
  const steps = means.map((mean, i) => Math.sign(mean) * (order.indexOf(i) % 2 ? -1 : 1));
  const along = means.reduce((sum, mean, i) => sum + mean * steps[i]!, 0);
  const length = means.reduce((sum, mean) => sum + mean ** 2, 0);
  return Object.fromEntries(
    features.map((feature, i) => [
      feature,
      { scale: 1, shift: magnitude * (steps[i]! - (along / length) * means[i]!) },
    ]),
  );
}
