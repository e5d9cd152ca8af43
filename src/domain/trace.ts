import { formatDuration } from './duration.ts';
import type { TraceEvent } from './incident.ts';

/** A diagram with more steps than this is unreadable; the table always has all of them. */
const MAX_STEPS = 40;
const MAX_LABEL = 120;

/** One line of the trace for people: `after` is the time since the first event. */
export interface TraceRow {
  step: number;
  at: string;
  after: string;
  actor: TraceEvent['actor'];
  what: string;
  result: string;
  by: string | null;
  took: string | null;
}

/** Every event of an incident as a table, oldest first. */
export function traceTable(events: readonly TraceEvent[]): TraceRow[] {
  return events.map(({ at, actor, what, result, by, ms }, index) => ({
    step: index + 1,
    at,
    after: formatDuration(Math.max(0, Date.parse(at) - Date.parse(events[0]!.at))),
    actor,
    what,
    result,
    by: by ?? null,
    took: ms === undefined ? null : formatDuration(ms),
  }));
}

/**
 * The events of an incident as a Mermaid sequence diagram of at most 40 steps; a long trace loses its middle, and says so.
 * All text is escaped: whatever an alert or a person wrote cannot change the diagram.
 */
export function traceMermaid(events: readonly TraceEvent[]): string {
  const lines = [
    'sequenceDiagram',
    'participant Monitor',
    'participant Investigator',
    'participant Remediator',
    'actor Person',
  ];
  const left = events.length - MAX_STEPS;
  let agent: TraceEvent['actor'] | null = null;
  events.forEach((event, index) => {
    if (left > 0 && index >= MAX_STEPS / 2 && index < MAX_STEPS / 2 + left) {
      if (index === MAX_STEPS / 2) lines.push(note(`${left} steps are left out here, the table has all`));
      return;
    }
    if (event.actor !== 'Person' && event.actor !== 'AgentOps') {
      if (agent && agent !== event.actor) lines.push(`${agent}-->>${event.actor}: hands over`);
      agent = event.actor;
    }
    lines.push(step(event));
  });
  return lines.join('\n  ');
}

function step({ actor, what, result, by }: TraceEvent): string {
  const text = `${what}${by ? ` by ${by}` : ''}: ${result}`;
  switch (actor) {
    case 'AgentOps':
      return note(text);
    case 'Person':
      return `Person->>Remediator: ${escaped(text)}`;
    case 'Monitor':
    case 'Investigator':
    case 'Remediator': {
      const asked = what === 'request_human_approval' || what === 'page_on_call' ? 'Person' : actor;
      return `${actor}->>${asked}: ${escaped(text)}`;
    }
    default: {
      const never: never = actor;
      return never;
    }
  }
}

function note(text: string): string {
  return `Note over Monitor,Person: ${escaped(text)}`;
}

/** Mermaid's own entity codes (`#59;`) for every character that means something to it or to HTML. */
function escaped(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const cut = line.length > MAX_LABEL ? `${line.slice(0, MAX_LABEL - 1)}…` : line;
  return cut.replace(/[#;%<>&"`{}\\]|\p{Cc}/gu, (character) => `#${character.codePointAt(0)};`);
}
