import { cancellationSignal } from '@temporalio/activity';
import type { Approval } from '../../src/domain/incident.ts';
import type { RemediateActivities } from '../../workflows/contracts.ts';
import type { RemediateDeps } from './deps.ts';

/** Tells people that an approval waits, with everything the decision needs. Once per approval id. */
export function requestHumanApproval(deps: RemediateDeps): RemediateActivities['request_human_approval'] {
  return async ({ incidentId, component, approval }) => {
    await deps.connectors.send(
      {
        connector: 'slack',
        operation: 'post',
        key: `approval:${approval.approval_id}`,
        incident_id: incidentId,
        target: deps.policy().slack_channel,
        title: `${incidentId} ${component}: approve? ${approval.title}`,
        body: card(incidentId, approval, deps.publicUrl),
      },
      cancellationSignal(),
    );
  };
}

function card(incidentId: string, approval: Approval, publicUrl: string): string {
  return [
    `Why: ${approval.why}`,
    `Risk: ${approval.risk}`,
    `Undo: ${approval.undo}`,
    ...approval.facts.map((fact) => `- ${fact}`),
    `Exactly: ${approval.tool} ${JSON.stringify(approval.params)}`,
    `Asked: ${approval.tier}, next tier at ${approval.tier_deadline}; expires ${approval.expires_at} without running`,
    `npx agentops approve ${incidentId} ${approval.approval_id}`,
    `npx agentops deny ${incidentId} ${approval.approval_id} --reason "…"`,
    `${publicUrl}/api/incidents/${incidentId}`,
  ].join('\n');
}
