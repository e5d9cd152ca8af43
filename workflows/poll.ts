import { log } from '@temporalio/workflow';
import { activities } from './activities.ts';
import { type Measured, measure } from './measure.ts';

/**
 * One round of monitoring of one component, started by a Schedule: measure, then raise, repeat or resolve alerts. What could
 * not be delivered is sent by the next poll. A round in which nothing could be measured fails, for all to see.
 */
export async function poll(input: {
  component: string;
}): Promise<{ alerts: string[]; failures: Measured['failures'] }> {
  const { measurements, activeVersion, failures } = await measure({ component: input.component });
  for (const failure of failures) log.warn('a tool could not measure', { ...input, ...failure });
  const alerts = await activities.raise_alerts({
    component: input.component,
    activeVersion,
    measurements,
  });
  return { alerts, failures };
}
