import { quote } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import { upstreamChanges } from '../signs/inputs.ts';
import { isSeen, type Readings } from '../signs/signs.ts';
import { retrainOrRollBack } from '../steps/retraining.ts';
import { defineCause } from './cause.ts';
import { movedFeatures, since } from './words.ts';

/**
 * Whether a change of the inputs does harm: something is past its limit, or features that the model heeds drifted and F1 is
 * lower than in training, if by less than the limit. Without harm a retraining repairs nothing.
 */
function isHarmful({ outcomes }: CaseFile, r: Readings): boolean {
  if (isSeen(r, 'f1_down') || isSeen(r, 'aggregate_high') || isSeen(r, 'flagged_up')) return true;
  return (
    isSeen(r, 'features_drifted') && !!outcomes?.f1_interval && outcomes.f1_interval[1] < outcomes.baseline_f1
  );
}

/** The values of features changed at once, because somebody upstream changed them. */
export const upstreamChange = defineCause({
  name: 'upstream_change',
  description: 'a few features left their distribution at once, at the time of a schema or source change.',
  remedy: 'retrain_model, then rollback_model.',
  raises: ['model_drift', 'accuracy_drop', 'anomaly_spike', 'data_quality'],
  rules: [
    {
      needs: ['features_drifted', 'upstream_changed'],
      excludes: ['gradual', 'positives_up'],
      supports: ['abrupt', 'few_features', 'f1_down'],
      against: ['runs_failed', 'new_version', 'nulls_high'],
      base: 0.8,
    },
    {
      needs: ['features_moved', 'abrupt', 'upstream_changed'],
      excludes: ['features_drifted', 'positives_up', 'new_version'],
      supports: ['few_features', 'f1_down'],
      against: ['nulls_high'],
      base: 0.66,
    },
    {
      needs: ['violations_high', 'upstream_changed'],
      excludes: ['volume_low', 'nulls_high'],
      supports: ['abrupt', 'features_drifted'],
      against: ['runs_failed'],
      base: 0.74,
    },
    // It looks like one, but nobody upstream recorded a change.
    {
      needs: ['features_moved', 'abrupt', 'few_features'],
      excludes: ['nulls_high', 'upstream_changed', 'positives_up', 'new_version'],
      supports: ['f1_down', 'features_drifted'],
      base: 0.56,
    },
  ],
  sections: ['runbook_model_drift.md#section-3-2', 'runbook_data_quality.md#section-3-2'],
  repairs(c, readings, remarks) {
    if (isHarmful(c, readings)) return retrainOrRollBack(c, remarks);
    remarks.push(
      'retraining is not recommended: nothing shows F1, aggregate drift or the share of flagged predictions past its limit',
    );
    return [];
  },
  sentence(c) {
    const { count, names, psi } = movedFeatures(c);
    const [change] = upstreamChanges(c, 'schema_version', 'source');
    const why = change
      ? `with an upstream change: ${quote(change.text, 180)}`
      : 'for no recorded reason; so few features at once point upstream';
    return `${names} left ${count === 1 ? 'its' : 'their'} training distribution ${since(c)}${psi} ${why}.`;
  },
});
