import { z } from 'zod';
import { POLL_STATES } from '../../domain/poll-watch.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

const Health = z.object({
  status: z.literal('ok'),
  version: z.string(),
  /** By component group. `silent`: no successful poll in three intervals, people were told. */
  monitor: z.record(z.string(), z.enum(POLL_STATES)),
  /** `last_good`: the policy file cannot be read as it is now; GET /api/schedules says why. */
  policy: z.enum(['ok', 'last_good']),
});

export const getHealthz = ({ version, watch, policy }: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/healthz',
    summary: 'This process is up, and what it knows of the Monitor; always 200',
    scope: null,
    answers: {
      200: { description: 'Up', schema: Health },
    },
    async handle() {
      const monitor = Object.fromEntries(watch.groups().map(({ name, state }) => [name, state]));
      const body: z.infer<typeof Health> = {
        status: 'ok',
        version,
        monitor,
        policy: policy.problem() === null ? 'ok' : 'last_good',
      };
      return { status: 200, body };
    },
  });
