import type { Category } from '../../domain/catalogue.ts';
import { fixed, list, minute, quote } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import { movedOf, upstreamChanges } from '../signs/inputs.ts';
import { deploymentAtOnset, fallenBy } from '../signs/model.ts';
import type { Readings, Signal } from '../signs/signs.ts';

/** One sentence for people: what happened, to what, since when, with the names and numbers that were measured. */
export function rootCause(category: Category, c: CaseFile, r: Readings): string {
  const drifted = movedOf(c);
  const names = list(drifted.map((f) => f.feature)) || 'the features';
  const psi = drifted.length > 0 ? ` (PSI ${list(drifted.map((f) => fixed(f.psi_corrected)))})` : '';
  const by = fallenBy(c);
  const bound = by ? `at or before ${minute(by)}` : `at about ${minute(c.began)} (by the alert)`;
  const since = c.onset ? `at ${minute(c.onset)}` : bound;
  const said = (signal: Signal) => (r[signal]?.seen ? r[signal].text : '');
  const also = (...signals: Signal[]) => {
    const texts = signals.map(said).filter(Boolean);
    return texts.length > 0 ? `: ${texts.join('; ')}` : '';
  };
  const deployment = deploymentAtOnset(c);
  const version = deployment?.to ?? c.versions?.active ?? 'the active version';
  switch (category) {
    case 'upstream_change': {
      const [change] = upstreamChanges(c, 'schema_version', 'source');
      const why = change
        ? `with an upstream change: ${quote(change.text, 180)}`
        : 'for no recorded reason; so few features at once point upstream';
      return `${names} left ${drifted.length === 1 ? 'its' : 'their'} training distribution ${since}${psi} ${why}.`;
    }
    case 'source_outage':
      return `A source stopped delivering part of the data ${since}${also('nulls_high', 'volume_low')}.`;
    case 'seasonal_shift':
      return `${names} moved gradually${psi} while the model still answers well: the season, not a fault${also('f1_holds')}.`;
    case 'concept_drift':
      return `Fraud itself changed: the inputs look as in training, but the model is wrong more often since ${minute(by ?? c.began)}${by ? ' or before' : ''}${also('f1_down')}.`;
    case 'training_data_corruption':
      return `${version} learned from bad data${also('training_off', 'f1_down')}.`;
    case 'model_regression':
      return `${version} is worse than what it replaced ${since}${also('new_version', 'f1_down', 'precision_down')}.`;
    case 'pipeline_failure':
      return `A pipeline broke ${since}${also('runs_failed', 'runs_missing', 'volume_low')}.`;
    case 'duplicate_load':
      return `The same data was loaded twice ${since}${also('rows_repeated', 'runs_duplicate', 'volume_high')}.`;
    case 'traffic_surge':
      return `More requests than the servers are sized for ${since}${also('traffic_high', 'latency_high')}.`;
    case 'resource_saturation':
      return `The servers are full at ordinary traffic ${since}${also('resources_full', 'latency_high')}.`;
    case 'slow_model':
      return `${version} takes longer for each prediction ${since}${also('new_version', 'latency_high')}.`;
    case 'attack_wave':
      return `More fraud is being tried since ${minute(c.began)}, and the model catches it${also('flagged_up', 'positives_up', 'precision_holds')}.`;
    case 'healthy':
      return 'Nothing is wrong by the latest measurements.';
    case 'unknown':
      return `The evidence does not tell one cause from another${also('features_drifted', 'f1_down', 'flagged_up', 'latency_high', 'nulls_high', 'volume_low', 'volume_high')}.`;
    default: {
      const never: never = category;
      throw new RangeError(`no sentence for category ${never}`);
    }
  }
}
