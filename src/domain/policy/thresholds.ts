import { z } from 'zod';
import { count, positiveShare, section, share } from './fields.ts';

const LIMITS = {
  model_drift: section({
    aggregate_psi: z.number().positive(),
    feature_psi: z.number().positive(),
    /** Features from this share of the model's importance on are judged by themselves. */
    feature_importance: share,
    false_discovery_rate: positiveShare,
    min_samples: count,
  }),
  accuracy_drop: section({ relative_drop: positiveShare, min_positives: count }),
  data_quality: section({
    bad_share: positiveShare,
    volume_low: z.number().positive().lt(1),
    volume_high: z.number().gt(1),
    min_records: count,
  }),
  latency: section({ p99_ms: z.number().positive(), min_samples: count }),
  anomaly_spike: section({ points: positiveShare, min_samples: count }),
};

/** Thresholds of the five triggers (design §2). Shares are fractions, latencies milliseconds. */
export type Thresholds = { [Trigger in keyof typeof LIMITS]: z.infer<(typeof LIMITS)[Trigger]> };

const DEFAULTS: Thresholds = {
  model_drift: {
    aggregate_psi: 0.3,
    feature_psi: 0.2,
    feature_importance: 0.05,
    false_discovery_rate: 0.05,
    min_samples: 500,
  },
  accuracy_drop: { relative_drop: 0.05, min_positives: 100 },
  data_quality: { bad_share: 0.05, volume_low: 0.5, volume_high: 2, min_records: 100 },
  latency: { p99_ms: 1000, min_samples: 100 },
  anomaly_spike: { points: 0.1, min_samples: 500 },
};

/** Thresholds that differ from those they are laid over. */
export const Overrides = section({
  model_drift: LIMITS.model_drift.partial().optional(),
  accuracy_drop: LIMITS.accuracy_drop.partial().optional(),
  data_quality: LIMITS.data_quality.partial().optional(),
  latency: LIMITS.latency.partial().optional(),
  anomaly_spike: LIMITS.anomaly_spike.partial().optional(),
});
export type Overrides = z.infer<typeof Overrides>;

export function overlay(base: Thresholds, given: Overrides): Thresholds {
  return {
    model_drift: { ...base.model_drift, ...given.model_drift },
    accuracy_drop: { ...base.accuracy_drop, ...given.accuracy_drop },
    data_quality: { ...base.data_quality, ...given.data_quality },
    latency: { ...base.latency, ...given.latency },
    anomaly_spike: { ...base.anomaly_spike, ...given.anomaly_spike },
  };
}

/** What a policy file says of thresholds, over the defaults. */
export const Thresholds = Overrides.transform((given): Thresholds => overlay(DEFAULTS, given));
