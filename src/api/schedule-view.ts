import { z } from 'zod';
import { describePolls, type PollSchedule } from '../../temporal/schedules.ts';
import { groupsOf, type PollGroup } from '../domain/policy/policy.ts';
import { POLL_STATES } from '../domain/poll-watch.ts';
import { ProblemError, unavailable } from './problem.ts';
import type { ApiDeps } from './route.ts';

const ANSWER_WITHIN_MS = 5_000;

export const ScheduleView = z
  .object({
    /** The component group, as in the policy. */
    name: z.string(),
    components: z.array(z.string()),
    every_ms: z.number(),
    jitter_ms: z.number(),
    /** `silent`: no successful poll in three intervals. `starting`: none yet, and none overdue. */
    state: z.enum(POLL_STATES),
    paused: z.boolean(),
    /** Who paused or resumed it, and why. */
    note: z.string(),
    /** Null while it is paused, and where the worker has made no Schedule yet. */
    next_at: z.string().nullable(),
    last_success_at: z.string().nullable(),
    /** `skipped`: the poll before was still under way. `missed`: Temporal was down. */
    polls: z.object({
      started: z.number(),
      succeeded: z.number(),
      failed: z.number(),
      skipped: z.number(),
      missed: z.number(),
    }),
    /** What the last poll could not measure. */
    failures: z.array(z.object({ tool: z.string(), message: z.string(), components: z.array(z.string()) })),
  })
  .meta({ id: 'Schedule' });
export type ScheduleView = z.infer<typeof ScheduleView>;

/** A group by its name. @throws ProblemError 404 that names the known ones */
export function groupNamed({ policy }: ApiDeps, name: string): PollGroup {
  const groups = groupsOf(policy.current());
  const group = groups.find((each) => each.name === name);
  if (group) return group;
  const known = groups.map((each) => each.name).join(', ');
  throw new ProblemError(
    'not-found',
    `no schedule "${name}"; there is ${known || 'none, as the policy has no components'}`,
  );
}

/** What Temporal answers within 5 s. @throws ProblemError 503 */
export async function askTemporal<T>({ client }: ApiDeps, ask: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, ask);
  } catch (error) {
    throw unavailable('Temporal does not answer: schedules are as they were; send the same again', error);
  }
}

/** A group as people see it, its Schedule asked now, the rest as last looked at. */
export async function viewOf(deps: ApiDeps, group: PollGroup): Promise<ScheduleView> {
  const described = await askTemporal(deps, () =>
    describePolls(deps.client, deps.config.environment, group.name),
  );
  return scheduleView(deps, group, described);
}

export function scheduleView(
  { watch }: ApiDeps,
  { name, components, every, jitter }: PollGroup,
  schedule: PollSchedule | null,
): ScheduleView {
  const seen = watch.groups().find((each) => each.name === name);
  const paused = schedule?.paused ?? false;
  return {
    name,
    components,
    every_ms: every,
    jitter_ms: jitter,
    // The watcher looks every few seconds; of a pause Temporal knows sooner.
    state: paused ? 'paused' : seen === undefined || seen.state === 'paused' ? 'starting' : seen.state,
    paused,
    note: schedule?.note ?? '',
    next_at: paused ? null : (schedule?.next_at ?? null),
    last_success_at: seen?.record?.succeeded_at ?? null,
    polls: {
      started: schedule?.started ?? 0,
      succeeded: seen?.record?.succeeded ?? 0,
      failed: seen?.record?.failed ?? 0,
      skipped: schedule?.skipped ?? 0,
      missed: schedule?.missed ?? 0,
    },
    failures: seen?.record?.failures ?? [],
  };
}
