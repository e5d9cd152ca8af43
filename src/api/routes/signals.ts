import { z } from 'zod';
import { decideSignal, operateSignal } from '../../../workflows/incident/messages.ts';
import { Decision, Operation, Receipt } from '../../domain/decision.ts';
import { messageId, openIncident, send } from '../incident-calls.ts';
import { ProblemError, parseInput } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { Alerts, acceptAlerts } from './alerts.ts';
import { DecisionBody } from './approval.ts';
import { IncidentParams } from './incident.ts';
import { OperationFields } from './operate.ts';

/** The signals that Temporal Web can send, with the same names and bodies; none waits for a worker. */
const COMMON = {
  method: 'post',
  params: IncidentParams,
  answers: { 202: { description: 'Temporal has it', schema: Receipt } },
  refusals: [404, 409, 503] as (404 | 409 | 503)[],
} as const;

export const postAlertSignal = (deps: ApiDeps) =>
  defineRoute({
    ...COMMON,
    path: '/api/incidents/:id/signals/alert',
    summary: "Alerts as in POST /api/alerts, for this incident's component alone",
    scope: 'alerts:write',
    body: Alerts,
    async handle({ params: { id }, body, token }) {
      const view = await openIncident(deps, id);
      const alerts = [body].flat();
      const foreign = alerts.find(
        ({ affected_component }) => deps.intake.incidentOf(affected_component).component !== view.component,
      );
      if (foreign) {
        throw new ProblemError(
          'invalid',
          `${id} is about ${view.component}, got an alert on ${foreign.affected_component}: send it to POST /api/alerts`,
        );
      }
      await acceptAlerts(deps, alerts, token);
      const receipt: Receipt = { outcome: 'recorded', message: `${alerts.length} alert(s) delivered` };
      return { status: 202, body: receipt };
    },
  });

export const postDecideSignal = (deps: ApiDeps) =>
  defineRoute({
    ...COMMON,
    path: '/api/incidents/:id/signals/decide',
    summary: 'A decision as signal `decide`; the approvals address answers at once instead',
    scope: 'actions:decide',
    body: DecisionBody.extend({
      approvalId: z.string().min(1).max(40),
      decisionId: z.string().max(100).optional(),
    }),
    async handle(call) {
      const decisionId = call.body.decisionId ?? messageId(call, call.body.approvalId);
      const args = parseInput(Decision, { ...call.body, decisionId, by: call.token.name }, 'body');
      return await send(deps, await openIncident(deps, call.params.id), { signal: decideSignal, args });
    },
  });

export const postOperateSignal = (deps: ApiDeps) =>
  defineRoute({
    ...COMMON,
    path: '/api/incidents/:id/signals/operate',
    summary: 'A command as signal `operate`; the operate address answers at once instead',
    scope: 'actions:decide',
    body: OperationFields.extend({ operationId: z.string().max(100).optional() }),
    async handle(call) {
      const { id } = call.params;
      const operationId = call.body.operationId ?? messageId(call, `${id} ${call.body.command}`);
      const args = parseInput(Operation, { ...call.body, operationId, by: call.token.name }, 'body');
      return await send(deps, await openIncident(deps, id), { signal: operateSignal, args });
    },
  });
