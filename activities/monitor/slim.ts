import type { Measurement } from '../../src/domain/measurement.ts';
import { headlinesOf } from '../../src/domain/triggers/alert.ts';
import { type MonitorRuleState, stateKey } from '../../src/domain/triggers/episodes.ts';
import type { CheckResult } from '../../workflows/contracts/monitor.ts';

/**
 * What of a poll's measurements enters workflow history, which is kept for weeks: whole, what fires and what the Monitor
 * remembers of a rule, for it may resolve an alert; of the rest, which neither raises nor clears, the bare headline numbers.
 */
export function forPoll(
  measurements: readonly Measurement[],
  known: Readonly<Record<string, MonitorRuleState>>,
): Pick<CheckResult, 'measurements' | 'headlines'> {
  const kept = measurements.flatMap((measurement) => {
    if (measurement.state === 'firing') return [measurement];
    return stateKey(measurement) in known ? [{ ...measurement, query: '' }] : [];
  });
  const headlines = headlinesOf(measurements);
  return { measurements: kept, ...(Object.keys(headlines).length > 0 && { headlines }) };
}
