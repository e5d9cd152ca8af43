import type { Severity } from '../alert.ts';
import type { Measurement } from '../measurement.ts';

/**
 * How many times past its threshold a rule is critical; below that it is a warning. Aggregate PSI is a logarithmic measure,
 * .375 is a different population already; the shares and times are critical at twice what is tolerated.
 * A single drifted feature, or a tool that cannot measure, is never more than a warning.
 */
export const CRITICAL_AT: Record<Measurement['rule'], number> = {
  model_drift: 1.25,
  feature_drift: Number.POSITIVE_INFINITY,
  accuracy_drop: 2,
  data_quality: 2,
  volume: 2,
  latency: 2,
  anomaly_spike: 2,
  monitoring: Number.POSITIVE_INFINITY,
};

/** Where a rule gives an interval, the number that is certain is judged, as its alarm is. */
const CERTAIN: Partial<Record<Measurement['rule'], string>> = {
  accuracy_drop: 'certain_drop',
  data_quality: 'bad_share_lower',
  latency: 'latency_p99_low_ms',
  anomaly_spike: 'certain_points',
};

/**
 * Severity by the distance past the threshold; of volume by the factor that is missing or too much (0 records: infinitely
 * past). What does not fire is info.
 */
export function severityOf(measurement: Measurement): Severity {
  if (measurement.state !== 'firing') return 'info';
  return distance(measurement) >= CRITICAL_AT[measurement.rule] ? 'critical' : 'warning';
}

function distance({ rule, value, threshold, numbers }: Measurement): number {
  const size = numbers[CERTAIN[rule] ?? ''] ?? value;
  if (size === null) return 0;
  return rule === 'volume' && threshold < 1 ? threshold / size : size / threshold;
}
