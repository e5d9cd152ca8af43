import { z } from 'zod';
import { ProblemError } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

export const deleteToken = ({ store }: ApiDeps) =>
  defineRoute({
    method: 'delete',
    path: '/api/tokens/:name',
    summary: 'Remove a token; it stops working at once',
    scope: 'admin',
    params: z.strictObject({ name: z.string().max(64) }),
    answers: { 204: { description: 'Removed' } },
    refusals: [404],
    async handle({ params: { name } }) {
      if (await store.removeToken(name)) return { status: 204 };
      throw new ProblemError('not-found', `no token "${name}"; GET /api/tokens lists them`);
    },
  });
