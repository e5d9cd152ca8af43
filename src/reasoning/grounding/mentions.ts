import { type NumberMention, numbersIn } from './numbers.ts';

/** The things that a sentence names, in the forms in which people and models write them. The cited evidence must contain each. */

export interface Mentions {
  /** Evidence ids within the text. */
  ids: string[];
  /** `2026-11-23 11:00`, `2026-11-23`, `11-23` or `11:00`, all in UTC. */
  times: string[];
  /** Features, versions, columns, files, incidents, run ids: whatever has a digit or an underscore in it. */
  names: string[];
  numbers: NumberMention[];
  /** Metrics and things by their words, as in `METRICS`. */
  metrics: string[];
  /** The text mentions a document: a runbook, a report, an earlier incident. */
  ofDocument: boolean;
}

/** A metric as texts call it, and as evidence that measured it contains it. */
export const METRICS: Record<string, { said: RegExp; shown: RegExp }> = {
  F1: { said: /\bF1\b/i, shown: /\bf1(\b|_)/i },
  precision: { said: /\bprecision\b/i, shown: /precision/i },
  recall: { said: /\brecall\b/i, shown: /recall/i },
  PSI: { said: /\bPSI\b/, shown: /psi/i },
  KS: { said: /\bKS\b/, shown: /\bks\b/i },
  latency: { said: /\blatency\b|\bp99\b/i, shown: /latency|p99/i },
  nulls: { said: /\bnull(s|\b)/i, shown: /null/i },
  'flagged share': { said: /\bflagged\b/i, shown: /flagged/i },
  cpu: { said: /\bcpu\b/i, shown: /cpu/i },
  memory: { said: /\bmemory\b/i, shown: /memory/i },
  queue: { said: /\bqueue\b/i, shown: /queue/i },
  replicas: { said: /\breplicas?\b/i, shown: /replica/i },
  onset: { said: /\b(abrupt|gradual)(ly)?\b|\bonset\b/i, shown: /abrupt|gradual|onset/i },
  schema: { said: /\bschema\b/i, shown: /schema/i },
};

/** Words with digits that are no names: F1, F1-score, p99, top-2. */
const WORDS = /^((f1|p\d\d)(-[a-z]+)?|top-\d+)$/i;
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];
const MONTH = `(?<month>${MONTHS.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join('|')})\\b\\.?`;
const DAY = '(?<day>\\d{1,2})(?:st|nd|rd|th)?(?!\\d|[.:]\\d)';
const MONTH_FIRST = new RegExp(`\\b${MONTH} ${DAY}(?:,? (?<year>20\\d\\d)(?!\\d))?`, 'g');
const DAY_FIRST = new RegExp(`\\b${DAY} ${MONTH}(?: (?<year>20\\d\\d)(?!\\d))?`, 'g');

/** `November 23, 2026` → `2026-11-23`; without a year `0000-11-23`. */
function isoDate(...match: unknown[]): string {
  const { month, day, year } = match.at(-1) as { month: string; day: string; year?: string };
  const two = (n: number | string) => String(n).padStart(2, '0');
  return [year ?? '0000', two(MONTHS.findIndex((name) => name.startsWith(month)) + 1), two(day)].join('-');
}

/** Reads a sentence. A word that was cut off ("vendor-fe…") is ignored. */
export function mentionsOf(sentence: string): Mentions {
  const ofDocument = /\b(runbooks?|incidents?|on record|report)\b|INC-\d|\.(md|txt)\b/i.test(sentence);
  const metrics = Object.entries(METRICS).flatMap(([name, { said }]) => (said.test(sentence) ? name : []));
  let rest = sentence
    .replace(/(?<!\S)\S*…/g, ' ')
    .replace(MONTH_FIRST, isoDate)
    .replace(DAY_FIRST, isoDate);
  /** Takes what matches out of the rest, so that nothing is read twice. */
  const take = (pattern: RegExp, wanted = /./): string[] => {
    const found: string[] = [];
    rest = rest.replace(pattern, (match) => {
      if (!wanted.test(match)) return match;
      found.push(match);
      return ' | ';
    });
    return found;
  };
  const ids = take(/\bev_\w+/g);
  const quoted = take(/`[^`]+`/g).map((text) => text.slice(1, -1));
  const files = take(/[\w-]+\.(?:md|txt)(?:#[\w-]+)?/g);
  const moments = take(/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z| UTC)?/g);
  const clocks = take(/\b\d{1,2}:\d\d(?::\d\d)?\b/g);
  const releases = take(/\b\d+(?:\.\d+){2,}\b/g);
  const words = take(/\b[A-Za-z_]\w*(?:[-./:@]\w+)*/g, /[\d_]/).filter((word) => !WORDS.test(word));
  return {
    ids,
    times: [...moments, ...clocks].map((time) => time.replace(/Z| UTC|^0000-/g, '').replace('T', ' ')),
    names: [...quoted, ...files, ...releases, ...words],
    numbers: numbersIn(rest),
    metrics,
    ofDocument,
  };
}
