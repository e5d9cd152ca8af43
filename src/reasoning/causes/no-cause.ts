import { defineCause } from './cause.ts';
import { details } from './words.ts';

/** The two results of a diagnosis that name no cause. No diagnosis rule leads to them and no fault of the sandbox makes them. */

export const HEALTHY = defineCause({
  name: 'healthy',
  description: 'the measurements are normal.',
  notifies: 'nobody',
  sentence: () => 'Nothing is wrong by the latest measurements.',
});

export const UNKNOWN = defineCause({
  name: 'unknown',
  description: 'goes with "inconclusive".',
  sentence: (_, readings) =>
    `The evidence does not tell one cause from another${details(readings, 'features_drifted', 'f1_down', 'flagged_up', 'latency_high', 'nulls_high', 'volume_low', 'volume_high')}.`,
});
