import { z } from 'zod';
import { probability } from '../classifier.ts';
import type { Database } from '../database.ts';
import { activeVersion } from '../versions.ts';
import { FEATURES } from '../world.ts';
import { parseBody } from './problem.ts';

const Features = z.strictObject(Object.fromEntries(FEATURES.map((feature) => [feature, z.number()])));
const Body = z.strictObject({
  rows: z
    .array(z.strictObject({ features: Features }))
    .min(1)
    .max(1000),
});

/** `POST /predict`: scores rows with the active version. Not logged: nobody will ever know their labels. */
export function predict(database: Database, body: unknown) {
  const { rows } = parseBody(Body, body);
  const { info, classifier } = activeVersion(database);
  return {
    version: info.version,
    predictions: rows.map(({ features }) => {
      const p = probability(
        classifier,
        Float64Array.from(FEATURES, (feature) => features[feature]!),
      );
      const flagged = p >= classifier.threshold;
      return { prediction: flagged ? 1 : 0, confidence: flagged ? p : 1 - p };
    }),
  };
}
