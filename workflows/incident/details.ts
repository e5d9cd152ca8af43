import { cardOf, cardText } from '../../src/domain/actions/card.ts';
import type { IncidentView } from '../../src/domain/incident.ts';

/**
 * Markdown for Temporal Web's "current details": the bottom line, what is waited for, and the very JSON to send. An on-call
 * engineer must be able to decide from there alone.
 */
export function currentDetails(view: IncidentView, publicUrl: string): string {
  const lines = [
    `### ${view.incident_id}: ${view.status} (${view.phase})`,
    view.summary,
    '',
    `**Now:** ${view.waiting_for}`,
  ];
  if (view.diagnosis) {
    lines.push(
      '',
      `**Diagnosis** (${view.diagnosis.verdict}, ${view.diagnosis.confidence}): ${view.diagnosis.root_cause}`,
    );
  }
  for (const action of view.actions.filter(({ state }) => state === 'awaiting')) {
    const card = cardOf(action);
    lines.push(
      '',
      `#### Approval ${card.id}: ${card.title}`,
      // Two spaces at its end break a line in Markdown.
      ...cardText(card)
        .split('\n')
        .map((line) => `${line}  `),
      '',
      'Send signal or update `decide` with:',
      '```json',
      JSON.stringify({ approvalId: card.id, decision: 'approve', by: 'your name' }),
      JSON.stringify({ approvalId: card.id, decision: 'deny', by: 'your name', reason: 'why' }),
      '```',
    );
  }
  if (view.step_id) {
    lines.push(
      '',
      `**Failed:** ${view.error}`,
      'Send signal or update `operate` with:',
      '```json',
      JSON.stringify({ command: 'continue', stepId: view.step_id, by: 'your name' }),
      JSON.stringify({ command: 'skip', stepId: view.step_id, by: 'your name' }),
      JSON.stringify({ command: 'close', by: 'your name', reason: 'why' }),
      '```',
    );
  }
  lines.push('', `[Incident](${publicUrl}/api/incidents/${view.incident_id})`);
  return lines.join('\n');
}
