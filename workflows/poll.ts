import { ApplicationFailure, log } from '@temporalio/workflow';
import type { PollFailure } from '../src/domain/poll-record.ts';
import { MEASURING_TOOLS } from '../src/domain/tools.ts';
import { activities } from './activities.ts';
import { type Measured, measureNow } from './measure.ts';

/** Of a failure, in characters: it enters history twice. */
const LONGEST_MESSAGE = 300;

/** One component group of the policy. */
export interface PollInput {
  group: string;
  components: string[];
}

/**
 * One round of monitoring of a component group, started by its Schedule: measure all over the same window, then raise, repeat
 * or resolve alerts. What could not be delivered is sent by the next poll. A tool that cannot measure raises a warning and
 * silences no other; a round in which nothing could be measured fails besides, for all to see.
 */
export async function poll({
  group,
  components,
}: PollInput): Promise<{ alerts: string[]; failures: PollFailure[] }> {
  const { at, measured } = await measureNow(components);
  const failures = causesOf(measured);
  for (const failure of failures) log.warn('a tool could not measure', { group, ...failure });
  const blind = [...measured.values()].every((each) => each.failures.length === MEASURING_TOOLS.length);
  const found = [...measured].map(([component, { activeVersion, measurements, headlines }]) => ({
    component,
    activeVersion,
    measurements,
    // They go into alerts: alone they would only fill the history.
    ...(measurements.length > 0 && { headlines }),
  }));
  const alerts = await activities.raise_alerts({ group, at, found, failures, succeeded: !blind });
  if (!blind) return { alerts, failures };
  throw ApplicationFailure.nonRetryable(
    failures.map(({ tool, message }) => `${tool}: ${message}`).join('; '),
    'NothingMeasured',
  );
}

/** The failures by tool and cause: a warehouse that is away is one thing to tell, not one for each component. */
function causesOf(measured: ReadonlyMap<string, Measured>): PollFailure[] {
  const causes = new Map<string, PollFailure>();
  for (const [component, { failures }] of measured) {
    for (const { tool, message: whole } of failures) {
      const message = whole.slice(0, LONGEST_MESSAGE);
      const key = `${tool} ${message}`;
      const cause = causes.get(key) ?? { tool, message, components: [] };
      cause.components.push(component);
      causes.set(key, cause);
    }
  }
  return [...causes.values()];
}
