import { type Command, Option } from 'commander';
import { ALERT_TYPES } from '../../domain/alert.ts';
import type { SearchAnswer, SearchHit } from '../../knowledge/port.ts';
import { paint, print } from '../output.ts';
import { addCommand, type CommonOptions, context } from './command.ts';

type Options = CommonOptions & {
  type?: 'runbook' | 'incident';
  alertType?: string;
  component?: string;
  limit?: string;
};

const EXCERPT = 240;

/** `search`. */
export function addSearchCommand(program: Command): void {
  addCommand(program, 'search <words...>', 'find the section of a runbook or past incident that answers')
    .addOption(new Option('--type <type>', 'only these').choices(['runbook', 'incident']))
    .addOption(new Option('--alert-type <type>', 'only what serves this alert').choices(ALERT_TYPES))
    .option('--component <name>', 'only what serves this component')
    .option('--limit <n>', 'at most so many sections; default 8')
    .action(async (words: string[], { type, alertType, component, limit, json }: Options) => {
      const asked = { q: words.join(' '), type, alert_type: alertType, component, limit };
      const given = Object.entries(asked).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      const answer = await context().api.get<SearchAnswer>(`/api/search?${new URLSearchParams(given)}`);
      print({ json }, answer, (value) => searchText(value, type ?? 'runbook or incident'));
    });
}

/** The sections for people, or that there is none; last, how it was searched. */
export function searchText({ hits, abstained, method, embedder }: SearchAnswer, wanted: string): string {
  const how = paint(
    'dim',
    `Searched by ${method}; embedder: ${embedder ?? 'none, words alone were compared'}.`,
  );
  if (hits.length > 0) return [...hits.map(hitText), how].join('\n\n');
  const none = abstained
    ? `No ${wanted} is near enough: the best scores ${abstained.score.toFixed(2)}, the limit is ${abstained.limit.toFixed(2)}.`
    : `No ${wanted} matches.`;
  return `${none}\n${how}`;
}

function hitText({ file, anchor, heading, title, incident_id, text, score }: SearchHit): string {
  const head = `${paint('bold', `${file}#${anchor}`)}  ${score.toFixed(2)}`;
  const from = [incident_id, title, heading === title ? '' : heading].filter(Boolean).join(' · ');
  const flat = text.replace(/\s+/g, ' ');
  const excerpt = flat.length > EXCERPT ? `${flat.slice(0, EXCERPT).replace(/\s+\S*$/, '')} …` : flat;
  return `${head}\n  ${from}\n  ${excerpt}`;
}
