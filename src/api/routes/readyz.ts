import { z } from 'zod';
import { unavailable } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

const ANSWER_WITHIN_MS = 2_000;

export const getReadyz = ({ store, client }: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/readyz',
    summary: 'Alerts and decisions can be taken: the store and Temporal answer',
    scope: null,
    answers: { 200: { description: 'Ready', schema: z.object({ status: z.literal('ready') }) } },
    refusals: [503],
    async handle() {
      const checks: Record<string, () => Promise<unknown>> = {
        store: () => store.ping(),
        Temporal: () =>
          client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
            client.workflowService.describeNamespace({ namespace: client.options.namespace }),
          ),
      };
      const names = Object.keys(checks);
      const outcomes = await Promise.allSettled(names.map(async (name) => checks[name]!()));
      const down = names.filter((_, index) => outcomes[index]!.status === 'rejected');
      if (down.length === 0) return { status: 200, body: { status: 'ready' } };
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      throw unavailable(`not ready: ${down.join(' and ')} does not answer`, failed?.reason);
    },
  });
