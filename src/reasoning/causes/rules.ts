import { ALERT_TYPES, type AlertType } from '../../domain/alert.ts';
import type { Category } from '../../domain/catalogue.ts';
import type { Readings, Signal } from '../signs/signs.ts';

/**
 * One line of the table: all of `needs` seen and none of `excludes` seen make `category` a candidate of strength `base`;
 * each of `supports` seen adds to it, each of `against` seen takes from it. A signal that nobody could read does neither.
 */
export interface Rule {
  category: Category;
  needs: readonly Signal[];
  excludes?: readonly Signal[];
  supports?: readonly Signal[];
  against?: readonly Signal[];
  base: number;
}

const SUPPORT = 0.04;
const OPPOSE = 0.12;
/** A cause that does not make alerts of the leading type is a fault beside the one that is asked about. */
const BESIDE = 0.15;

/** The alerts that each cause can raise. */
const RAISES: Partial<Record<Category, readonly AlertType[]>> = {
  upstream_change: ['model_drift', 'accuracy_drop', 'anomaly_spike', 'data_quality'],
  seasonal_shift: ['model_drift'],
  source_outage: ['data_quality', 'model_drift', 'accuracy_drop', 'anomaly_spike'],
  pipeline_failure: ['data_quality'],
  duplicate_load: ['data_quality'],
  training_data_corruption: ['accuracy_drop', 'anomaly_spike'],
  model_regression: ['accuracy_drop', 'anomaly_spike'],
  concept_drift: ['accuracy_drop'],
  traffic_surge: ['latency', 'data_quality'],
  resource_saturation: ['latency'],
  slow_model: ['latency'],
  attack_wave: ['anomaly_spike', 'model_drift'],
};

/** Signals → category. Order does not matter; where two lines name one category the stronger counts. */
export const RULES: readonly Rule[] = [
  // The values of features changed, at once: somebody upstream did it.
  {
    category: 'upstream_change',
    needs: ['features_drifted', 'upstream_changed'],
    excludes: ['gradual', 'positives_up'],
    supports: ['abrupt', 'few_features', 'f1_down'],
    against: ['runs_failed', 'new_version', 'nulls_high'],
    base: 0.8,
  },
  {
    category: 'upstream_change',
    needs: ['features_moved', 'abrupt', 'upstream_changed'],
    excludes: ['features_drifted', 'positives_up', 'new_version'],
    supports: ['few_features', 'f1_down'],
    against: ['nulls_high'],
    base: 0.66,
  },
  {
    category: 'upstream_change',
    needs: ['violations_high', 'upstream_changed'],
    excludes: ['volume_low', 'nulls_high'],
    supports: ['abrupt', 'features_drifted'],
    against: ['runs_failed'],
    base: 0.74,
  },
  // It looks like one, but nobody upstream recorded a change.
  {
    category: 'upstream_change',
    needs: ['features_moved', 'abrupt', 'few_features'],
    excludes: ['nulls_high', 'upstream_changed', 'positives_up', 'new_version'],
    supports: ['f1_down', 'features_drifted'],
    base: 0.56,
  },
  // The world moves slowly and on its own.
  {
    category: 'seasonal_shift',
    needs: ['features_drifted', 'gradual', 'f1_holds'],
    excludes: ['nulls_high', 'new_version', 'positives_up'],
    against: ['flagged_up', 'upstream_changed', 'few_features'],
    base: 0.8,
  },
  // Values are missing that used to come.
  {
    category: 'source_outage',
    needs: ['nulls_high'],
    supports: ['abrupt', 'runs_missing', 'violations_high'],
    against: ['runs_duplicate', 'volume_low', 'upstream_changed'],
    base: 0.8,
  },
  {
    category: 'source_outage',
    needs: ['volume_low'],
    excludes: ['runs_failed', 'runs_missing'],
    supports: ['nulls_high'],
    base: 0.58,
  },
  // The way of the data is broken, not the data.
  {
    category: 'pipeline_failure',
    needs: ['volume_low', 'runs_failed'],
    against: ['nulls_high'],
    base: 0.86,
  },
  {
    category: 'pipeline_failure',
    needs: ['volume_low', 'runs_missing'],
    against: ['nulls_high'],
    base: 0.8,
  },
  {
    category: 'pipeline_failure',
    needs: ['runs_failed'],
    excludes: ['volume_low', 'features_drifted', 'nulls_high', 'f1_down', 'latency_high', 'flagged_up'],
    base: 0.5,
  },
  {
    category: 'duplicate_load',
    needs: ['rows_repeated'],
    supports: ['runs_duplicate', 'volume_high'],
    base: 0.84,
  },
  {
    category: 'duplicate_load',
    needs: ['volume_high', 'runs_duplicate'],
    excludes: ['rows_repeated', 'latency_high'],
    base: 0.7,
  },
  // What was put into production is worse than what was there.
  {
    category: 'training_data_corruption',
    needs: ['new_version', 'training_off', 'f1_down'],
    excludes: ['features_drifted'],
    supports: ['previous_better', 'precision_down', 'abrupt'],
    base: 0.8,
  },
  {
    category: 'training_data_corruption',
    needs: ['new_version', 'training_off', 'previous_better'],
    excludes: ['features_drifted'],
    supports: ['precision_down', 'flagged_up'],
    base: 0.74,
  },
  {
    category: 'model_regression',
    needs: ['new_version', 'f1_down'],
    excludes: ['training_off', 'features_drifted'],
    supports: ['abrupt', 'previous_better'],
    against: ['upstream_changed', 'nulls_high'],
    base: 0.8,
  },
  {
    category: 'model_regression',
    needs: ['new_version', 'flagged_up', 'precision_down'],
    excludes: ['training_off', 'features_drifted', 'positives_up'],
    supports: ['previous_better', 'abrupt'],
    base: 0.74,
  },
  // Nothing was changed, and yet the model is wrong more often: fraud itself changed.
  {
    category: 'concept_drift',
    needs: ['f1_down'],
    excludes: ['features_moved', 'new_version', 'nulls_high', 'flagged_up', 'training_off'],
    supports: ['precision_holds', 'gradual'],
    against: ['upstream_changed', 'rows_repeated'],
    base: 0.78,
  },
  // Too slow: more asked, less to answer with, or more work per answer.
  {
    category: 'traffic_surge',
    needs: ['latency_high', 'traffic_high'],
    excludes: ['rows_repeated'],
    supports: ['queue_long', 'resources_full'],
    against: ['new_version'],
    base: 0.8,
  },
  {
    category: 'resource_saturation',
    needs: ['latency_high', 'resources_full'],
    excludes: ['traffic_high', 'new_version'],
    supports: ['queue_long', 'abrupt'],
    base: 0.78,
  },
  {
    category: 'slow_model',
    needs: ['latency_high', 'new_version'],
    excludes: ['traffic_high'],
    supports: ['abrupt'],
    against: ['resources_full'],
    base: 0.82,
  },
  {
    category: 'slow_model',
    needs: ['latency_high'],
    excludes: ['traffic_high', 'resources_full', 'queue_long', 'new_version'],
    base: 0.58,
  },
  // More is flagged because more deserves it.
  {
    category: 'attack_wave',
    needs: ['positives_up', 'flagged_up'],
    supports: ['precision_holds', 'abrupt'],
    against: ['precision_down', 'new_version'],
    base: 0.84,
  },
  {
    category: 'attack_wave',
    needs: ['positives_up'],
    excludes: ['flagged_up'],
    supports: ['features_moved'],
    against: ['new_version', 'gradual'],
    base: 0.7,
  },
];

/** What was looked at and must be normal before a strategy may say "healthy". */
export const HEALTHY_WHEN_ABSENT: Record<AlertType, readonly Signal[]> = {
  model_drift: ['aggregate_high', 'features_drifted'],
  data_quality: ['nulls_high', 'violations_high', 'volume_low', 'volume_high'],
  accuracy_drop: ['f1_down'],
  latency: ['latency_high'],
  anomaly_spike: ['flagged_up'],
};

/** Seen, each of these is a fault of its own, whatever the strategy. */
const FAULTS: readonly Signal[] = [...new Set(ALERT_TYPES.flatMap((type) => HEALTHY_WHEN_ABSENT[type]))];

export interface Candidate {
  rule: Rule;
  /** Orders the candidates; `confidenceOf` says how often a cause of this strength is the right one. */
  strength: number;
}

/** Every category the readings allow, likeliest first, one candidate each. */
export function candidates(strategy: AlertType, readings: Readings): Candidate[] {
  const isSeen = (signal: Signal) => readings[signal]?.seen === true;
  const count = (signals: readonly Signal[] = []) => signals.filter(isSeen).length;
  const fitting = RULES.filter((rule) => rule.needs.every(isSeen) && !rule.excludes?.some(isSeen)).map(
    (rule) => {
      const beside = RAISES[rule.category]?.includes(strategy) ? 0 : BESIDE;
      return {
        rule,
        strength: rule.base + SUPPORT * count(rule.supports) - OPPOSE * count(rule.against) - beside,
      };
    },
  );
  fitting.sort((a, b) => b.strength - a.strength);
  return fitting.filter(
    (one, i) => fitting.findIndex((other) => other.rule.category === one.rule.category) === i,
  );
}

/** Healthy needs proof: the strategy's own measurements were taken and are normal, and no other fault is seen. */
export function isHealthy(strategy: AlertType, readings: Readings): boolean {
  const own = HEALTHY_WHEN_ABSENT[strategy];
  const measured = own.some((signal) => readings[signal] !== undefined);
  return measured && !FAULTS.some((signal) => readings[signal]?.seen === true);
}
