import { cancellationSignal } from '@temporalio/activity';
import { cardOf, cardText } from '../../src/domain/actions/card.ts';
import type { RemediateActivities } from '../../workflows/contracts/remediate.ts';
import type { RemediateDeps } from './deps.ts';

/** Posts an approval's card with the ways to decide it. Once per approval id. */
export function requestHumanApproval({
  connectors,
  publicUrl,
}: Pick<RemediateDeps, 'connectors' | 'publicUrl'>): RemediateActivities['request_human_approval'] {
  return async ({ incidentId, component, target, action }) => {
    const card = cardOf(action);
    await connectors.send(
      {
        connector: 'slack',
        operation: 'post',
        key: `approval:${card.id}`,
        incident_id: incidentId,
        target,
        title: `${incidentId} ${component}: approve? ${card.title}`,
        body: [
          cardText(card),
          `npx agentops approve ${incidentId} ${card.id}`,
          `npx agentops deny ${incidentId} ${card.id} --reason "…"`,
          `${publicUrl}/api/incidents/${incidentId}`,
        ].join('\n'),
      },
      cancellationSignal(),
    );
  };
}
