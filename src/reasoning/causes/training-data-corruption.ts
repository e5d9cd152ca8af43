import { rollback } from '../steps/rollback.ts';
import { defineCause } from './cause.ts';
import { details, suspectVersion } from './words.ts';

/** The new version learned from rows or labels that are wrong. */
export const trainingDataCorruption = defineCause({
  name: 'training_data_corruption',
  description: "F1 fell with a version whose training rows or labels differ from its predecessor's.",
  remedy: 'rollback_model.',
  raises: ['accuracy_drop', 'anomaly_spike'],
  rules: [
    {
      needs: ['new_version', 'training_off', 'f1_down'],
      excludes: ['features_drifted'],
      supports: ['previous_better', 'precision_down', 'abrupt'],
      base: 0.8,
    },
    {
      needs: ['new_version', 'training_off', 'previous_better'],
      excludes: ['features_drifted'],
      supports: ['precision_down', 'flagged_up'],
      base: 0.74,
    },
  ],
  sections: ['runbook_rollback.md#section-3-1', 'runbook_rollback.md#section-2'],
  repairs: (c, _, remarks) => rollback(c, remarks),
  sentence: (c, readings) =>
    `${suspectVersion(c)} learned from bad data${details(readings, 'training_off', 'f1_down')}.`,
});
