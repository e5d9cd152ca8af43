import type { Category } from '../../domain/category.ts';
import { attackWave } from './attack-wave.ts';
import type { Cause } from './cause.ts';
import { conceptDrift } from './concept-drift.ts';
import { duplicateLoad } from './duplicate-load.ts';
import { modelRegression } from './model-regression.ts';
import { HEALTHY, UNKNOWN } from './no-cause.ts';
import { pipelineFailure } from './pipeline-failure.ts';
import { resourceSaturation } from './resource-saturation.ts';
import { seasonalShift } from './seasonal-shift.ts';
import { slowModel } from './slow-model.ts';
import { sourceOutage } from './source-outage.ts';
import { trafficSurge } from './traffic-surge.ts';
import { trainingDataCorruption } from './training-data-corruption.ts';
import { upstreamChange } from './upstream-change.ts';

/**
 * Every root cause that a diagnosis can name, in the order of the prompt. Of two equally strong candidates the first one leads. A
 * new cause is a file beside this one and a line here.
 */
export const CAUSES: readonly Cause[] = [
  upstreamChange,
  sourceOutage,
  seasonalShift,
  conceptDrift,
  trainingDataCorruption,
  modelRegression,
  pipelineFailure,
  duplicateLoad,
  trafficSurge,
  resourceSaturation,
  slowModel,
  attackWave,
];

/** Every result of a diagnosis: the causes, then `healthy` and `unknown`. */
export const resultsOf = (causes: readonly Cause[] = CAUSES): readonly Cause[] => [
  ...causes,
  HEALTHY,
  UNKNOWN,
];

/** The names that `category` of a diagnosis can have. */
export const categoriesOf = (causes: readonly Cause[] = CAUSES): Category[] =>
  resultsOf(causes).map(({ name }) => name);

/** The cause of this name, or `healthy` or `unknown`. @throws RangeError for another name */
export function causeOf(category: Category, causes: readonly Cause[] = CAUSES): Cause {
  const cause = resultsOf(causes).find(({ name }) => name === category);
  if (!cause)
    throw new RangeError(`expected one of ${categoriesOf(causes).join(', ')} as category, got ${category}`);
  return cause;
}
