import type { InvestigationDetail } from '../api/routes/investigation.ts';
import type { StreamedEvent } from '../api/routes/investigation-stream.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Citation } from '../domain/investigation.ts';
import { paint } from './output.ts';

/** `[ev_…]`, several in one bracket, or with the section that is meant. */
const CITATION = /\[ev_[^\]]*\]/g;

/** Text of others must not drive the reader's terminal; its lines stay. */
const harmless = (text: string) => text.replace(/[^\P{Cc}\n]+/gu, ' ');

/** Turns `[ev_…]` into `[1]` as the text comes in pieces, numbered by first appearance. */
export class NumberedText {
  readonly #numbers = new Map<string, number>();
  #held = '';

  /** What can be shown of the text so far: a bracket that is not closed yet waits for the next piece. */
  add(piece: string): string {
    this.#held += harmless(piece);
    const open = this.#held.lastIndexOf('[');
    const until = open >= 0 && !this.#held.includes(']', open) ? open : this.#held.length;
    const shown = this.#held.slice(0, until);
    this.#held = this.#held.slice(until);
    return this.#numbered(shown);
  }

  /** The rest: a bracket that nothing closes. */
  end(): string {
    const rest = this.#numbered(this.#held);
    this.#held = '';
    return rest;
  }

  #numbered(text: string): string {
    return text.replace(CITATION, (bracket) => {
      const ids = new Set(bracket.match(/\bev_\w+/g));
      const numbers = [...ids].map((id) => {
        const number = this.#numbers.get(id) ?? this.#numbers.size + 1;
        this.#numbers.set(id, number);
        return number;
      });
      return `[${numbers.join(', ')}]`;
    });
  }
}

/** `check_drift  Aggregate PSI 0.45 … (1.2 s)`: one line of progress. */
export function progressLine(event: Extract<StreamedEvent, { type: 'progress' }>): string {
  const took = event.ms === undefined ? '' : ` (${formatDuration(event.ms)})`;
  return harmless(`${event.what}${event.by ? ` by ${event.by}` : ''}: ${event.result}${took}`).replaceAll(
    '\n',
    ' ',
  );
}

/** The list behind the numbers: where to look, and by which tool. */
export function sourceList(citations: readonly Citation[]): string {
  const lines = citations.map(({ source, tool }, i) => harmless(`[${i + 1}] ${source} (${tool})`));
  return `${paint('bold', 'Sources')}\n${lines.join('\n')}`;
}

/** What stands after the answer: the open incident, and where everything is. */
export function footer({ investigation, answer, incident, links }: InvestigationDetail): string {
  const { component, strategy, asked_at, finished_at } = investigation;
  const took = finished_at ? ` in ${formatDuration(Date.parse(finished_at) - Date.parse(asked_at))}` : '';
  const by = answer?.by ? `, answered by ${answer.by}${took}` : '';
  return [
    `About ${component}${strategy ? `, investigated for ${strategy}` : ''}${by}`,
    ...(incident
      ? [
          `Open incident: ${incident.incident_id} (${incident.status}, ${incident.phase}); npx agentops show ${incident.incident_id}`,
        ]
      : []),
    `Evidence: ${links.evidence}`,
    `Temporal: ${links.temporal}`,
  ].join('\n');
}

/** All that is known now: the question, the answer as far as it is, and what `footer` says. */
export function wholeText(detail: InvestigationDetail): string {
  const { investigation, answer } = detail;
  const numbered = new NumberedText();
  const text = answer ? numbered.add(answer.text) + numbered.end() : '';
  return [
    `${paint('bold', investigation.investigation_id)}  ${investigation.question}`,
    `${investigation.status}: ${investigation.waiting_for}`,
    ...(text ? [text] : []),
    ...(answer?.complete ? [sourceList(answer.citations)] : []),
    footer(detail),
  ].join('\n\n');
}
