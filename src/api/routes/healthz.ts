import { z } from 'zod';
import { type ApiDeps, defineRoute } from '../route.ts';

export const getHealthz = ({ version }: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/healthz',
    summary: 'This process is up',
    scope: null,
    answers: {
      200: { description: 'Up', schema: z.object({ status: z.literal('ok'), version: z.string() }) },
    },
    async handle() {
      return { status: 200, body: { status: 'ok', version } };
    },
  });
