import { log, proxyActivities } from '@temporalio/workflow';
import type { MonitorActivities } from './contracts.ts';
import { TASK_QUEUE } from './incident/messages.ts';
import { type Measured, measure } from './measure.ts';

const { raise_alerts } = proxyActivities<Pick<MonitorActivities, 'raise_alerts'>>({
  taskQueue: TASK_QUEUE,
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumAttempts: 5 },
});

/**
 * One round of monitoring of one component, started by a Schedule: measure, then raise, repeat or resolve alerts. What could
 * not be delivered is sent by the next poll. A round in which nothing could be measured fails, for all to see.
 */
export async function poll(input: {
  component: string;
}): Promise<{ alerts: string[]; failures: Measured['failures'] }> {
  const { measurements, activeVersion, failures } = await measure({ component: input.component });
  for (const failure of failures) log.warn('a tool could not measure', { ...input, ...failure });
  const alerts = await raise_alerts({ component: input.component, activeVersion, measurements });
  return { alerts, failures };
}
