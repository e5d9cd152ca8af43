import type { Measurement } from '../../src/domain/measurement.ts';
import { HEADLINES } from '../../src/domain/triggers/alert.ts';
import { type MonitorRuleState, stateKey } from '../../src/domain/triggers/episodes.ts';

/**
 * What of a poll's measurements enters workflow history, which is kept for weeks: whole, what fires and what the Monitor
 * remembers of a rule, for it may resolve an alert; the bare headline numbers, which every alert carries; of the rest,
 * nothing, since it neither raises nor clears.
 */
export function forPoll(
  measurements: readonly Measurement[],
  known: Readonly<Record<string, MonitorRuleState>>,
): Measurement[] {
  return measurements.flatMap((measurement) => {
    if (measurement.state === 'firing') return [measurement];
    if (stateKey(measurement) in known) return [{ ...measurement, query: '' }];
    const headlines = Object.entries(measurement.numbers).filter(([name]) => HEADLINES.includes(name));
    if (headlines.length === 0) return [];
    const numbers = Object.fromEntries(headlines);
    return [{ ...measurement, numbers, samples: {}, query: '', text: '' }];
  });
}
