import { z } from 'zod';
import { operateSignal, operateUpdate } from '../../../workflows/incident/messages.ts';
import { OPERATIONS, Operation, Receipt } from '../../domain/decision.ts';
import { messageId, openIncident, send, tell } from '../incident-calls.ts';
import { parseInput } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { IncidentParams } from './incident.ts';

export const OperationFields = z.strictObject({
  command: z.enum(OPERATIONS),
  /** The step that waits, as shown in the incident: `continue` and `skip` mean that one and no later one. */
  stepId: z.string().max(80).optional(),
  reason: z.string().max(1000).optional(),
  /** Ignored: who operates is the token's name. */
  by: z.string().max(100).optional(),
});

const Body = OperationFields.refine(
  ({ command, stepId }) => stepId !== undefined || (command !== 'continue' && command !== 'skip'),
  { path: ['stepId'], message: 'continue and skip need the step_id that the incident shows' },
).meta({ id: 'OperationBody' });

export const postOperation = (deps: ApiDeps) =>
  defineRoute({
    method: 'post',
    path: '/api/incidents/:id/operate',
    summary: 'Continue, skip, close, acknowledge or note; an `Idempotency-Key` makes a repeat harmless',
    scope: 'actions:decide',
    params: IncidentParams,
    body: Body,
    answers: {
      200: { description: 'The incident took it', schema: Receipt },
      202: { description: 'Recorded; applies when a worker is back', schema: Receipt },
    },
    refusals: [404, 409, 503],
    async handle(call) {
      const operationId = messageId(call, `${call.params.id} ${call.body.command}`);
      const operation = parseInput(Operation, { ...call.body, by: call.token.name, operationId }, 'body');
      const view = await openIncident(deps, call.params.id);
      const message = { update: operateUpdate, signal: operateSignal, args: operation, id: operationId };
      return (await tell(deps, view, message)) ?? (await send(deps, view, message));
    },
  });
