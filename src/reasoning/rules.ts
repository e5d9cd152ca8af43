import { ALERT_TYPES, type AlertType } from '../domain/alert.ts';
import type { Category } from '../domain/catalogue.ts';
import type { Readings, Signal } from './signals.ts';

/**
 * One line of the table: in these strategies, all of `needs` seen and none of `excludes` seen make `category` a
 * candidate with confidence `base`; each of `supports` seen adds to it, each of `against` seen takes from it.
 * A signal that nobody could read neither supports nor excludes.
 */
export interface Rule {
  category: Category;
  strategies?: readonly AlertType[];
  needs: readonly Signal[];
  excludes?: readonly Signal[];
  supports?: readonly Signal[];
  against?: readonly Signal[];
  base: number;
}

const SUPPORT = 0.04;
const OPPOSE = 0.12;
const CEILING = 0.95;

/** Signals → category. Order does not matter; where two lines name one category the stronger counts. */
export const RULES: readonly Rule[] = [
  // The input changed, and the warehouse shows who changed it.
  {
    category: 'upstream_change',
    needs: ['features_drifted', 'upstream_changed'],
    excludes: ['nulls_high', 'gradual'],
    supports: ['abrupt', 'few_features', 'f1_down'],
    against: ['runs_failed', 'deployed', 'positives_up'],
    base: 0.78,
  },
  {
    category: 'upstream_change',
    strategies: ['data_quality'],
    needs: ['violations_high', 'upstream_changed'],
    excludes: ['volume_low'],
    supports: ['abrupt', 'features_drifted'],
    against: ['runs_failed'],
    base: 0.74,
  },
  // It looks like one, but nobody upstream recorded a change.
  {
    category: 'upstream_change',
    needs: ['features_drifted', 'abrupt', 'few_features'],
    excludes: ['nulls_high', 'upstream_changed', 'positives_up'],
    supports: ['f1_down'],
    against: ['deployed'],
    base: 0.58,
  },
  {
    category: 'source_outage',
    needs: ['nulls_high'],
    excludes: ['schema_changed'],
    supports: ['abrupt', 'source_changed', 'runs_missing', 'few_features'],
    against: ['runs_failed', 'runs_duplicate'],
    base: 0.74,
  },
  {
    category: 'source_outage',
    needs: ['volume_low'],
    excludes: ['runs_failed', 'runs_missing', 'schema_changed'],
    supports: ['abrupt', 'nulls_high'],
    base: 0.58,
  },
  // The world moves slowly and on its own.
  {
    category: 'seasonal_shift',
    needs: ['features_drifted', 'gradual', 'f1_holds'],
    excludes: ['upstream_changed', 'nulls_high', 'deployed'],
    against: ['flagged_up'],
    base: 0.72,
  },
  {
    category: 'concept_drift',
    needs: ['f1_down'],
    excludes: ['features_drifted', 'deployed', 'nulls_high', 'upstream_changed', 'flagged_up'],
    supports: ['gradual'],
    against: ['volume_low', 'volume_high', 'training_off'],
    base: 0.7,
  },
  // What was put into production is worse than what was there.
  {
    category: 'training_data_corruption',
    needs: ['f1_down', 'training_off'],
    excludes: ['features_drifted'],
    supports: ['deployed', 'previous_better', 'abrupt'],
    base: 0.72,
  },
  {
    category: 'model_regression',
    needs: ['deployed', 'f1_down'],
    excludes: ['training_off', 'features_drifted'],
    supports: ['abrupt', 'previous_better'],
    against: ['upstream_changed'],
    base: 0.74,
  },
  {
    category: 'model_regression',
    strategies: ['anomaly_spike'],
    needs: ['deployed', 'flagged_up', 'precision_down'],
    excludes: ['training_off', 'features_drifted'],
    supports: ['previous_better', 'abrupt'],
    base: 0.72,
  },
  // The way of the data is broken, not the data.
  {
    category: 'pipeline_failure',
    needs: ['runs_failed'],
    supports: ['volume_low', 'runs_missing'],
    against: ['nulls_high', 'upstream_changed', 'features_drifted'],
    base: 0.74,
  },
  {
    category: 'pipeline_failure',
    needs: ['volume_low', 'runs_missing'],
    excludes: ['nulls_high'],
    base: 0.68,
  },
  {
    category: 'duplicate_load',
    needs: ['volume_high', 'runs_duplicate'],
    excludes: ['nulls_high'],
    against: ['latency_high'],
    supports: ['abrupt'],
    base: 0.82,
  },
  {
    category: 'duplicate_load',
    needs: ['runs_duplicate'],
    strategies: ['data_quality'],
    excludes: ['volume_high', 'nulls_high', 'runs_failed'],
    base: 0.58,
  },
  // Too slow: more asked, less to answer with, or more work per answer.
  {
    category: 'traffic_surge',
    needs: ['latency_high', 'traffic_high'],
    excludes: ['runs_duplicate'],
    supports: ['queue_long', 'resources_full'],
    against: ['deployed'],
    base: 0.76,
  },
  {
    category: 'resource_saturation',
    needs: ['latency_high', 'resources_full'],
    excludes: ['traffic_high', 'deployed'],
    supports: ['queue_long', 'abrupt'],
    base: 0.74,
  },
  {
    category: 'slow_model',
    needs: ['latency_high', 'deployed'],
    excludes: ['traffic_high'],
    supports: ['abrupt'],
    against: ['resources_full'],
    base: 0.76,
  },
  {
    category: 'slow_model',
    needs: ['latency_high'],
    excludes: ['traffic_high', 'resources_full', 'queue_long', 'deployed'],
    base: 0.62,
  },
  // More is flagged because more deserves it.
  {
    category: 'attack_wave',
    needs: ['flagged_up', 'positives_up'],
    supports: ['precision_holds', 'f1_holds', 'abrupt'],
    against: ['precision_down', 'deployed', 'upstream_changed'],
    base: 0.78,
  },
  {
    category: 'attack_wave',
    needs: ['flagged_up', 'precision_holds'],
    excludes: ['positives_up', 'deployed', 'upstream_changed'],
    base: 0.62,
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
  confidence: number;
}

/** Every category the readings allow, likeliest first, one candidate each. */
export function candidates(strategy: AlertType, readings: Readings): Candidate[] {
  const isSeen = (signal: Signal) => readings[signal]?.seen === true;
  const count = (signals: readonly Signal[] = []) => signals.filter(isSeen).length;
  const fitting = RULES.filter(
    (rule) =>
      (!rule.strategies || rule.strategies.includes(strategy)) &&
      rule.needs.every(isSeen) &&
      !rule.excludes?.some(isSeen),
  ).map((rule) => {
    const confidence = rule.base + SUPPORT * count(rule.supports) - OPPOSE * count(rule.against);
    return { rule, confidence: Math.max(0, Math.min(CEILING, confidence)) };
  });
  fitting.sort((a, b) => b.confidence - a.confidence);
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
