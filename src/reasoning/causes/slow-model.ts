import { rollback } from '../steps/rollback.ts';
import { defineCause } from './cause.ts';
import { details, since, suspectVersion } from './words.ts';

/** Predictions are slow because each of them is more work. */
export const slowModel = defineCause({
  name: 'slow_model',
  description: 'latency rose with a deployment, at ordinary traffic and free servers.',
  remedy: 'rollback_model, then scale_infrastructure.',
  raises: ['latency'],
  rules: [
    {
      needs: ['latency_high', 'new_version'],
      excludes: ['traffic_high'],
      supports: ['abrupt'],
      against: ['resources_full'],
      base: 0.82,
    },
    {
      needs: ['latency_high'],
      excludes: ['traffic_high', 'resources_full', 'queue_long', 'new_version'],
      base: 0.58,
    },
  ],
  sections: ['runbook_latency_spike.md#section-3-2'],
  repairs: (c, _, remarks) => [
    ...rollback(c, remarks),
    { action: 'scale_infrastructure', fallbackOf: 'rollback_model' },
  ],
  sentence: (c, readings) =>
    `${suspectVersion(c)} takes longer for each prediction ${since(c)}${details(readings, 'new_version', 'latency_high')}.`,
});
