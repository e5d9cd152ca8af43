import { defineCause } from './cause.ts';
import { details, since } from './words.ts';

/** Predictions are slow because less is left to answer them with. */
export const resourceSaturation = defineCause({
  name: 'resource_saturation',
  description: 'latency rose at ordinary traffic while cpu or memory are full.',
  remedy: 'scale_infrastructure.',
  raises: ['latency'],
  rules: [
    {
      needs: ['latency_high', 'resources_full'],
      excludes: ['traffic_high', 'new_version'],
      supports: ['queue_long', 'abrupt'],
      base: 0.78,
    },
  ],
  sections: ['runbook_latency_spike.md#section-3-2', 'runbook_scaling.md#section-2'],
  repairs: () => [{ action: 'scale_infrastructure' }],
  sentence: (c, readings) =>
    `The servers are full at ordinary traffic ${since(c)}${details(readings, 'resources_full', 'latency_high')}.`,
});
