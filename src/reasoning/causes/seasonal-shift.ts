import { isSeen } from '../signs/signs.ts';
import { retrain } from '../steps/retraining.ts';
import { defineCause } from './cause.ts';
import { details, movedFeatures } from './words.ts';

/** The world moves slowly and on its own. */
export const seasonalShift = defineCause({
  name: 'seasonal_shift',
  description: 'features moved slowly, and the model still answers well.',
  remedy: 'retrain_model only if F1 fell.',
  raises: ['model_drift'],
  rules: [
    {
      needs: ['features_drifted', 'gradual', 'f1_holds'],
      excludes: ['nulls_high', 'new_version', 'positives_up'],
      against: ['flagged_up', 'upstream_changed', 'few_features'],
      base: 0.8,
    },
  ],
  sections: ['runbook_model_drift.md#section-4-3', 'runbook_model_drift.md#section-3-2'],
  repairs: (c, readings, remarks) => (isSeen(readings, 'f1_down') ? retrain(c, remarks) : []),
  sentence(c, readings) {
    const { names, psi } = movedFeatures(c);
    return `${names} moved gradually${psi} while the model still answers well: the season, not a fault${details(readings, 'f1_holds')}.`;
  },
});
