import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { formatDuration } from '../src/domain/duration.ts';
import { groupsOf, type Policy, type PollGroup } from '../src/domain/policy/policy.ts';
import { POLL_WORKFLOW, TASK_QUEUE } from '../workflows/names.ts';
import type { PollInput } from '../workflows/poll.ts';

/** A poll that was missed for longer than this is not made up for. */
const CATCH_UP = '1 minute';

/** `poll-<environment>-<group>`: the Schedule's id, and the prefix of its workflows' ids. */
export function pollScheduleId(environment: string, group: string): string {
  return `poll-${environment}-${group}`;
}

/**
 * One Schedule per component group of the policy, polling it at the group's interval: created, or brought up to date in
 * place, so that a pause by a person stays. Schedules of this environment for groups no longer in the policy are deleted.
 * Idempotent. @returns the ids, in the policy's order.
 */
export async function ensureSchedules(
  client: Client,
  policy: Pick<Policy, 'components' | 'poll' | 'schedules'>,
  environment: string,
): Promise<string[]> {
  const wanted = groupsOf(policy).map((group) => pollSchedule(environment, group));
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

function pollSchedule(environment: string, { name, every, jitter, components }: PollGroup) {
  const scheduleId = pollScheduleId(environment, name);
  return {
    scheduleId,
    // Says whose it is: an id's prefix cannot, both parts may hold dashes.
    memo: { agentopsEnvironment: environment },
    spec: { intervals: [{ every }], jitter },
    action: {
      type: 'startWorkflow',
      workflowType: POLL_WORKFLOW,
      workflowId: scheduleId,
      args: [{ group: name, components } satisfies PollInput],
      taskQueue: TASK_QUEUE,
      staticSummary: `Measures ${summaryOf(components)} every ${formatDuration(every)}`,
    },
    // A poll that takes too long is not doubled, and polls missed in an outage are not made up for.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP },
  } satisfies ScheduleOptions;
}

function summaryOf(components: string[]): string {
  return components.length <= 3 ? components.join(', ') : `${components.length} components`;
}

/** What Temporal says of a group's Schedule. */
export interface PollSchedule {
  paused: boolean;
  /** Who paused or resumed it, and why; empty when nobody has. */
  note: string;
  next_at: string | null;
  /** Since the Schedule was made: started, not started as the one before was still under way, missed while Temporal was down. */
  started: number;
  skipped: number;
  missed: number;
}

/** Null: there is no such Schedule (yet). Rejects when Temporal does not answer. */
export async function describePolls(
  client: Client,
  environment: string,
  group: string,
): Promise<PollSchedule | null> {
  const described = await handleOf(client, environment, group).describe().catch(nullIfMissing);
  if (described === null) return null;
  const { state, info } = described;
  return {
    paused: state.paused,
    note: state.note ?? '',
    next_at: info.nextActionTimes[0]?.toISOString() ?? null,
    started: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}

/**
 * Pauses or resumes a group's polls; what is so already stays as it is, with the note it has. Idempotent.
 * @returns the Schedule afterwards; null when there is none. Rejects when Temporal does not answer
 */
export async function switchPolls(
  client: Client,
  environment: string,
  group: string,
  to: { paused: boolean; note: string },
): Promise<PollSchedule | null> {
  const before = await describePolls(client, environment, group);
  if (before === null || before.paused === to.paused) return before;
  const handle = handleOf(client, environment, group);
  await (to.paused ? handle.pause(to.note) : handle.unpause(to.note));
  return await describePolls(client, environment, group);
}

function handleOf(client: Client, environment: string, group: string) {
  return client.schedule.getHandle(pollScheduleId(environment, group));
}

function nullIfMissing(error: unknown): ScheduleDescription | null {
  if (error instanceof ScheduleNotFoundError) return null;
  throw error;
}
