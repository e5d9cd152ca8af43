import { z } from 'zod';
import { decideSignal, decideUpdate } from '../../../workflows/incident/messages.ts';
import { actionOf, rejectionOf } from '../../domain/actions/approvals.ts';
import { Decision, Receipt } from '../../domain/decision.ts';
import type { IncidentView } from '../../domain/incident.ts';
import { messageId, openIncident, send, tell } from '../incident-calls.ts';
import { ProblemError, parseInput, unavailable } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

const Params = z.strictObject({ id: z.string().max(40), approvalId: z.string().max(40) });

export const DecisionBody = z
  .strictObject({
    decision: z.enum(['approve', 'deny', 'edit']),
    /** Needed for a denial. */
    reason: z.string().max(1000).optional(),
    /** For `edit`: the parameters that differ; the changed action gets a new card and needs an approval of its own. */
    params: z.record(z.string(), z.unknown()).optional(),
    /** Ignored: who decides is the token's name. */
    by: z.string().max(100).optional(),
  })
  .meta({ id: 'DecisionBody' });

export const postDecision = (deps: ApiDeps) =>
  defineRoute({
    method: 'post',
    path: '/api/incidents/:id/approvals/:approvalId',
    summary:
      'Approve, deny or edit exactly what an approval shows; an `Idempotency-Key` makes a repeat harmless',
    scope: 'actions:decide',
    params: Params,
    body: DecisionBody,
    answers: {
      200: { description: 'The incident took it', schema: Receipt },
      202: { description: 'Recorded; applies when a worker is back', schema: Receipt },
    },
    refusals: [404, 409, 503],
    async handle(call) {
      const { id, approvalId } = call.params;
      const decisionId = messageId(call, approvalId);
      const decision = parseInput(
        Decision,
        { ...call.body, approvalId, by: call.token.name, decisionId },
        'body',
      );
      const view = await openIncident(deps, id);
      const found = await deps.store.findApproval(approvalId);
      if (found && found.incident_id !== id) {
        throw new ProblemError(
          'not-found',
          `approval ${approvalId} belongs to ${found.incident_id}, not to ${id}`,
        );
      }
      if (found?.replaced_by) {
        throw new ProblemError(
          'conflict',
          `approval ${approvalId} was replaced by ${found.replaced_by}: look at that one and decide it`,
        );
      }
      const message = { update: decideUpdate, signal: decideSignal, args: decision, id: decisionId };
      const answered = await tell(deps, view, message);
      if (answered) return answered;
      requireOpen(view, decision, deps);
      return await send(deps, view, message);
    },
  });

/**
 * With no worker to judge, only a decision that can still count is recorded; the rules are the incident's own.
 * @throws ProblemError 409, 503
 */
function requireOpen({ actions }: IncidentView, decision: Decision, deps: ApiDeps): void {
  if (!actionOf(actions, decision.approvalId)) {
    throw unavailable(
      `approval ${decision.approvalId} is not on record here, and no worker is up to tell whether it exists`,
    );
  }
  const rejection = rejectionOf(actions, decision, deps.policy.current().approvals, deps.now());
  if (rejection) throw new ProblemError('conflict', rejection.message);
}
