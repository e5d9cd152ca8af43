import { rollback } from '../steps/rollback.ts';
import { defineCause } from './cause.ts';
import { details, since, suspectVersion } from './words.ts';

/** The version that was put into production is worse than the one before, and its training data look sound. */
export const modelRegression = defineCause({
  name: 'model_regression',
  description: 'F1 fell with a deployment, and the training data look sound.',
  remedy: 'rollback_model.',
  raises: ['accuracy_drop', 'anomaly_spike'],
  rules: [
    {
      needs: ['new_version', 'f1_down'],
      excludes: ['training_off', 'features_drifted'],
      supports: ['abrupt', 'previous_better'],
      against: ['upstream_changed', 'nulls_high'],
      base: 0.8,
    },
    {
      needs: ['new_version', 'flagged_up', 'precision_down'],
      excludes: ['training_off', 'features_drifted', 'positives_up'],
      supports: ['previous_better', 'abrupt'],
      base: 0.74,
    },
  ],
  sections: ['runbook_rollback.md#section-3-1', 'runbook_rollback.md#section-2'],
  repairs: (c, _, remarks) => rollback(c, remarks),
  sentence: (c, readings) =>
    `${suspectVersion(c)} is worse than what it replaced ${since(c)}${details(readings, 'new_version', 'f1_down', 'precision_down')}.`,
});
