import { z } from 'zod';
import { switchPolls } from '../../../temporal/schedules.ts';
import { ProblemError } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { askTemporal, groupNamed, ScheduleView, scheduleView } from '../schedule-view.ts';

const Body = z
  .strictObject({
    reason: z.string().max(500).optional(),
    /** Overwritten with the token's name. */
    by: z.string().max(100).optional(),
  })
  .prefault({})
  .meta({ id: 'ScheduleSwitch' });

/** Pauses or resumes the polls of a group; again is harmless, and the first note stays. Who did it is the token's name. */
const switching = (verb: 'pause' | 'resume') => (deps: ApiDeps) =>
  defineRoute({
    method: 'post',
    path: `/api/schedules/:name/${verb}`,
    summary:
      verb === 'pause'
        ? 'Pause the polls of a component group; no alert is raised while they are paused'
        : 'Resume the polls of a component group',
    scope: 'actions:decide',
    params: z.strictObject({ name: z.string().max(64) }),
    body: Body,
    answers: { 200: { description: 'The schedule as it is now', schema: ScheduleView } },
    refusals: [404, 409, 503],
    async handle({ params: { name }, body: { reason }, token }) {
      const group = groupNamed(deps, name);
      const note = `${verb}d by ${token.name}${reason ? `: ${reason}` : ''}`;
      const schedule = await askTemporal(deps, () =>
        switchPolls(deps.client, deps.config.environment, name, { paused: verb === 'pause', note }),
      );
      if (schedule === null) {
        throw new ProblemError(
          'conflict',
          `the worker has not made the schedule of ${name} yet; start a worker`,
        );
      }
      return { status: 200, body: scheduleView(deps, group, schedule) };
    },
  });

export const postPause = switching('pause');
export const postResume = switching('resume');
