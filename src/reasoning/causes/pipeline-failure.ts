import { defineCause } from './cause.ts';
import { details, since } from './words.ts';

/** The data are sound, but their pipeline is broken. */
export const pipelineFailure = defineCause({
  name: 'pipeline_failure',
  description: 'runs of a pipeline failed or are missing.',
  remedy: 'rerun_pipeline.',
  raises: ['data_quality'],
  rules: [
    { needs: ['volume_low', 'runs_failed'], against: ['nulls_high'], base: 0.86 },
    { needs: ['volume_low', 'runs_missing'], against: ['nulls_high'], base: 0.8 },
    {
      needs: ['runs_failed'],
      excludes: ['volume_low', 'features_drifted', 'nulls_high', 'f1_down', 'latency_high', 'flagged_up'],
      base: 0.5,
    },
  ],
  sections: ['runbook_data_quality.md#section-4-3', 'runbook_data_quality.md#section-3-2'],
  notifies: 'data team',
  repairs: () => [{ action: 'rerun_pipeline' }],
  sentence: (c, readings) =>
    `A pipeline broke ${since(c)}${details(readings, 'runs_failed', 'runs_missing', 'volume_low')}.`,
});
