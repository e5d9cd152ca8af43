import { z } from 'zod';
import { decideSignal, operateSignal } from '../../../workflows/incident/messages.ts';
import { Decision, Operation, Receipt } from '../../domain/decision.ts';
import type { Scope } from '../../store/port.ts';
import { requireScope } from '../auth.ts';
import { messageId, openIncident, send } from '../incident-calls.ts';
import { ProblemError, parseInput } from '../problem.ts';
import { type ApiDeps, type Call, defineRoute, type Reply } from '../route.ts';
import { Alerts, acceptAlerts } from './alerts.ts';
import { IncidentParams } from './incident.ts';

const SIGNALS = ['alert', 'decide', 'operate'] as const;
const Params = IncidentParams.extend({ name: z.string().max(40) });
/** Each signal checks its body by its own schema; `by` may be left out, it comes from the token. */
const Body = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown()).max(200)]);

type SignalCall = Call<z.output<typeof Params>, unknown, z.output<typeof Body>>;

/** `alert` takes the alerts of `POST /api/alerts`, for this incident's component alone. */
async function alert(deps: ApiDeps, { params, body, token }: SignalCall): Promise<Reply> {
  const view = await openIncident(deps, params.id);
  const alerts = [parseInput(Alerts, body, 'body')].flat();
  const foreign = alerts.find(
    ({ affected_component }) => deps.intake.incidentOf(affected_component).component !== view.component,
  );
  if (foreign) {
    throw new ProblemError(
      'invalid',
      `${params.id} is about ${view.component}, got an alert on ${foreign.affected_component}: send it to POST /api/alerts`,
    );
  }
  await acceptAlerts(deps, alerts, token);
  const receipt: Receipt = { outcome: 'recorded', message: `${alerts.length} alert(s) delivered` };
  return { status: 202, body: receipt };
}

async function decide(deps: ApiDeps, call: SignalCall): Promise<Reply> {
  const args = parseInput(
    Decision,
    { decisionId: messageId(call, 'decide'), ...call.body, by: call.token.name },
    'body',
  );
  return await send(deps, await openIncident(deps, call.params.id), { signal: decideSignal, args });
}

async function operate(deps: ApiDeps, call: SignalCall): Promise<Reply> {
  const args = parseInput(
    Operation,
    { operationId: messageId(call, 'operate'), ...call.body, by: call.token.name },
    'body',
  );
  return await send(deps, await openIncident(deps, call.params.id), { signal: operateSignal, args });
}

const HANDLERS = { alert, decide, operate };
const SCOPE_OF: Record<(typeof SIGNALS)[number], Scope> = {
  alert: 'alerts:write',
  decide: 'actions:decide',
  operate: 'actions:decide',
};

export const postSignal = (deps: ApiDeps) =>
  defineRoute({
    method: 'post',
    path: '/api/incidents/:id/signals/:name',
    summary:
      'Send a signal (alert, decide, operate) as Temporal Web would; needs `alerts:write` or `actions:decide` besides',
    scope: 'incidents:read',
    params: Params,
    body: Body,
    answers: { 202: { description: 'Temporal has it', schema: Receipt } },
    refusals: [404, 409, 503],
    async handle(call) {
      const name = SIGNALS.find((known) => known === call.params.name);
      if (!name) {
        throw new ProblemError(
          'not-found',
          `no signal "${call.params.name}"; there are ${SIGNALS.join(', ')}`,
        );
      }
      requireScope(call.token, SCOPE_OF[name]);
      return await HANDLERS[name](deps, call);
    },
  });
