import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ProblemError, unavailable } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

/** A fault back-dates tens of thousands of rows. */
const ANSWER_WITHIN_MS = 120_000;

/** Hands faults, outcomes of training and resets to the sandbox, which checks them; only there is anything simulated. */
export const postSimulate = ({ config }: ApiDeps) =>
  defineRoute({
    method: 'post',
    path: '/api/simulate/:fault',
    summary:
      'Sandbox only: inject a fault (any root-cause category), `noise` or a `message`, set how `training` ends, or `reset`',
    scope: 'admin',
    params: z.strictObject({
      fault: z
        .string()
        .regex(/^[a-z][a-z_]{0,40}$/, 'a fault such as upstream_change, or noise, message, training, reset'),
    }),
    body: z.record(z.string(), z.unknown()).default({}),
    answers: { 200: { description: "The sandbox's own answer and status", schema: z.unknown() } },
    refusals: [404, 409, 503],
    async handle({ params: { fault }, body, header, signal }) {
      const { enabled, url } = config.sandbox;
      if (!enabled) {
        throw new ProblemError('not-found', 'there is no sandbox here: AGENTOPS_SANDBOX is off');
      }
      let response: Response;
      let text: string;
      try {
        response = await fetch(`${url}/simulate/${fault}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'idempotency-key': header('idempotency-key') ?? randomUUID(),
          },
          body: JSON.stringify(body),
          signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
        });
        text = await response.text();
      } catch (error) {
        throw unavailable(`the sandbox at ${url} does not answer: is it running (npm start)?`, error);
      }
      const type = response.headers.get('content-type') ?? '';
      if (!/json/.test(type)) throw unavailable(`the sandbox answered ${response.status} without JSON`);
      return { status: response.status, body: JSON.parse(text), headers: { 'content-type': type } };
    },
  });
