import { minute } from '../../domain/text.ts';
import { latestOnset } from '../signs/model.ts';
import { retrainOrRollBack } from '../steps/retraining.ts';
import { defineCause } from './cause.ts';
import { details } from './words.ts';

/** Nothing was changed, and yet the model is wrong more often: fraud itself changed. */
export const conceptDrift = defineCause({
  name: 'concept_drift',
  description: 'F1 fell while the inputs look as in training.',
  remedy: 'retrain_model, then rollback_model.',
  raises: ['accuracy_drop'],
  rules: [
    {
      needs: ['f1_down'],
      excludes: ['features_moved', 'new_version', 'nulls_high', 'flagged_up', 'training_off'],
      supports: ['precision_holds', 'gradual'],
      against: ['upstream_changed', 'rows_repeated'],
      base: 0.78,
    },
  ],
  sections: ['runbook_model_drift.md#section-3-3', 'runbook_retraining.md#section-2'],
  repairs: (c, _, remarks) => retrainOrRollBack(c, remarks),
  sentence(c, readings) {
    const latest = latestOnset(c);
    const since = `${minute(latest ?? c.began)}${latest ? ' or before' : ''}`;
    return `Fraud itself changed: the inputs look as in training, but the model is wrong more often since ${since}${details(readings, 'f1_down')}.`;
  },
});
