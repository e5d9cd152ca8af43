import { minute } from '../../domain/text.ts';
import { defineCause } from './cause.ts';
import { details } from './words.ts';

/** More is flagged because more deserves it. There is no repair: the model does its work. */
export const attackWave = defineCause({
  name: 'attack_wave',
  description: 'more is flagged because more fraud is tried; precision holds.',
  remedy: 'Nothing that changes production.',
  raises: ['anomaly_spike', 'model_drift'],
  rules: [
    {
      needs: ['positives_up', 'flagged_up'],
      supports: ['precision_holds', 'abrupt'],
      against: ['precision_down', 'new_version'],
      base: 0.84,
    },
    {
      needs: ['positives_up'],
      excludes: ['flagged_up'],
      supports: ['features_moved'],
      against: ['new_version', 'gradual'],
      base: 0.7,
    },
  ],
  sections: ['runbook_anomaly_spike.md#section-3-2'],
  sentence: (c, readings) =>
    `More fraud is being tried since ${minute(c.began)}, and the model catches it${details(readings, 'flagged_up', 'positives_up', 'precision_holds')}.`,
});
