import { z } from 'zod';
import { groupsOf } from '../../domain/policy/policy.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { ScheduleView, viewOf } from '../schedule-view.ts';

export const Schedules = z
  .object({
    schedules: z.array(ScheduleView),
    /** Why the policy file as it is now is not in force; null when it is. */
    policy_problem: z.string().nullable(),
  })
  .meta({ id: 'Schedules' });
export type Schedules = z.infer<typeof Schedules>;

export const getSchedules = (deps: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/schedules',
    summary: 'The polls of each component group: whether they run, succeed, are paused, and by whom',
    scope: 'incidents:read',
    answers: { 200: { description: 'The schedules', schema: Schedules } },
    refusals: [503],
    async handle() {
      const groups = groupsOf(deps.policy.current());
      const body: Schedules = {
        schedules: await Promise.all(groups.map((group) => viewOf(deps, group))),
        policy_problem: deps.policy.problem(),
      };
      return { status: 200, body };
    },
  });
