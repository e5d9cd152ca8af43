import { defineCause } from './cause.ts';
import { details, since } from './words.ts';

/** Values or records that used to come are missing, because their source stopped delivering. */
export const sourceOutage = defineCause({
  name: 'source_outage',
  description: 'missing values or few records because a source stopped delivering.',
  remedy: 'rerun_pipeline.',
  raises: ['data_quality', 'model_drift', 'accuracy_drop', 'anomaly_spike'],
  rules: [
    {
      needs: ['nulls_high'],
      supports: ['abrupt', 'runs_missing', 'violations_high'],
      against: ['runs_duplicate', 'volume_low', 'upstream_changed'],
      base: 0.8,
    },
    {
      needs: ['volume_low'],
      excludes: ['runs_failed', 'runs_missing'],
      supports: ['nulls_high'],
      base: 0.58,
    },
  ],
  sections: ['runbook_data_quality.md#section-4-2', 'runbook_data_quality.md#section-3-2'],
  notifies: 'data team',
  repairs: () => [{ action: 'rerun_pipeline', condition: 'once the source delivers again' }],
  sentence: (c, readings) =>
    `A source stopped delivering part of the data ${since(c)}${details(readings, 'nulls_high', 'volume_low')}.`,
});
