import type { AlertType } from '../../domain/alert.ts';
import { isSeen, type Readings, type Sign } from './signs.ts';

/** The signs that each strategy measures itself. A component is healthy only when none of them is seen. */
export const OWN_SIGNS: Record<AlertType, readonly Sign[]> = {
  model_drift: ['aggregate_high', 'features_drifted'],
  data_quality: ['nulls_high', 'violations_high', 'volume_low', 'volume_high'],
  accuracy_drop: ['f1_down'],
  latency: ['latency_high'],
  anomaly_spike: ['flagged_up'],
};

/** Each of these signs is a fault of its own, whatever the strategy. */
export const FAULT_SIGNS: readonly Sign[] = Object.values(OWN_SIGNS).flat();

/** Whether the strategy's own signs were read and no sign of a fault is seen. Without a reading nothing is healthy. */
export function isHealthy(strategy: AlertType, readings: Readings): boolean {
  const measured = OWN_SIGNS[strategy].some((sign) => readings[sign] !== undefined);
  return measured && !FAULT_SIGNS.some((sign) => isSeen(readings, sign));
}
