import { defineCause } from './cause.ts';
import { details, since } from './words.ts';

/** Predictions are slow because more of them are asked for. */
export const trafficSurge = defineCause({
  name: 'traffic_surge',
  description: 'latency rose with the number of requests.',
  remedy: 'scale_infrastructure.',
  raises: ['latency', 'data_quality'],
  rules: [
    {
      needs: ['latency_high', 'traffic_high'],
      excludes: ['rows_repeated'],
      supports: ['queue_long', 'resources_full'],
      against: ['new_version'],
      base: 0.8,
    },
  ],
  sections: ['runbook_latency_spike.md#section-3-2', 'runbook_scaling.md#section-2'],
  repairs: () => [{ action: 'scale_infrastructure' }],
  sentence: (c, readings) =>
    `More requests than the servers are sized for ${since(c)}${details(readings, 'traffic_high', 'latency_high')}.`,
});
