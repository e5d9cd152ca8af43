import { z } from 'zod';
import { probability } from '../classifier.ts';
import type { ModelDatabase } from '../model-database.ts';
import { activeVersion } from '../versions.ts';
import { parseBody } from './problem.ts';

/** `POST /models/{model}/predict`: scores rows with the active version. Not logged: nobody will ever know their labels. */
export function predict(database: ModelDatabase, body: unknown) {
  const names = database.spec.features;
  const Features = z.strictObject(Object.fromEntries(names.map((feature) => [feature, z.number()])));
  const Rows = z
    .array(z.strictObject({ features: Features }))
    .min(1)
    .max(1000);
  const { rows } = parseBody(z.strictObject({ rows: Rows }), body);
  const { info, classifier } = activeVersion(database);
  return {
    version: info.version,
    predictions: rows.map(({ features }) => {
      const p = probability(
        classifier,
        Float64Array.from(names, (feature) => features[feature]!),
      );
      const flagged = p >= classifier.threshold;
      return { prediction: flagged ? 1 : 0, confidence: flagged ? p : 1 - p };
    }),
  };
}
