import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { formatDuration } from '../src/domain/duration.ts';
import type { Policy } from '../src/domain/policy.ts';
import { POLL_WORKFLOW, TASK_QUEUE } from '../workflows/names.ts';

/** `poll-<environment>-<component>`: the Schedule's id, and the prefix of its workflows' ids. */
export function pollScheduleId(environment: string, component: string): string {
  return `poll-${environment}-${component}`;
}

/**
 * One Schedule per component of the policy, polling it at the policy's interval: created, or brought up to date in
 * place, so that a pause by a person stays. Schedules of this environment for components no longer in the policy are
 * deleted. Idempotent. @returns the ids, in the policy's order.
 */
export async function ensureSchedules(
  client: Client,
  policy: Pick<Policy, 'components' | 'poll'>,
  environment: string,
): Promise<string[]> {
  const wanted = Object.keys(policy.components).map((component) =>
    pollSchedule(environment, component, policy.poll.every),
  );
  for (const schedule of wanted) {
    try {
      await client.schedule.create(schedule);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { spec, action, policies } = schedule;
      const handle = client.schedule.getHandle(schedule.scheduleId);
      await handle.update((previous) => ({ ...previous, spec, action, policies }));
    }
  }
  const ids = wanted.map((schedule) => schedule.scheduleId);
  for await (const { scheduleId, memo } of client.schedule.list()) {
    if (memo?.agentopsEnvironment !== environment || ids.includes(scheduleId)) continue;
    await client.schedule.getHandle(scheduleId).delete();
  }
  return ids;
}

function pollSchedule(environment: string, component: string, everyMs: number) {
  const scheduleId = pollScheduleId(environment, component);
  return {
    scheduleId,
    // Says whose it is: an id's prefix cannot, both parts may hold dashes.
    memo: { agentopsEnvironment: environment },
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: POLL_WORKFLOW,
      workflowId: scheduleId,
      args: [{ component }],
      taskQueue: TASK_QUEUE,
      staticSummary: `Measures ${component} every ${formatDuration(everyMs)}`,
    },
    // A poll that takes too long is not doubled, and polls missed in an outage are not made up for.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
  } satisfies ScheduleOptions;
}
