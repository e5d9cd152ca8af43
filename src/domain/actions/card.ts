import type { ActionRecord } from './record.ts';

/**
 * The text of an action's card, the same on every face: title, reason, risk, way back, facts, the exact call, who is asked and
 * until when. A face adds only how to decide there.
 * @param time how the face writes an ISO time; default as it is
 */
export function cardOf(record: ActionRecord, time: (iso: string) => string = (iso) => iso): Card {
  const { approval, needed, decisions } = record;
  const given = decisions.filter(
    ({ counted, decision, approval_id }) =>
      counted && decision === 'approve' && approval_id === approval?.approval_id,
  );
  return {
    id: approval?.approval_id ?? record.action_id,
    title: record.title,
    lines: [
      ['Action', `${record.tool} ${JSON.stringify(record.params)}`],
      ['Why', record.why],
      ['Risk', record.risk],
      ['Undo', record.undo],
      ...record.facts.map((fact, index): [string, string] => [index === 0 ? 'Facts' : '', fact]),
      ...(needed > 1
        ? [
            ['Approvals', `${given.length} of ${needed}${given.map(({ by }) => `, ${by}`).join('')}`] as [
              string,
              string,
            ],
          ]
        : []),
      ...(approval
        ? ([
            [
              'Asked',
              approval.tier_deadline
                ? `${approval.tier}; the next tier is paged ${time(approval.tier_deadline)}`
                : `${approval.tier}, the last tier`,
            ],
            ['Expires', `${time(approval.expires_at)}; nothing runs without a decision`],
          ] as [string, string][])
        : []),
    ],
  };
}

/** A card's id (to name in a decision), its title, and its lines by label; a line without label continues the one before. */
export interface Card {
  id: string;
  title: string;
  lines: [label: string, text: string][];
}

/** A card as plain text, one line each. */
export function cardText({ lines }: Card): string {
  return lines.map(([label, text]) => (label ? `${label}: ${text}` : `  ${text}`)).join('\n');
}
