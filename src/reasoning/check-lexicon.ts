import type { Evidence } from '../domain/evidence.ts';
import { METRICS, type NumberMention, numbersIn } from './check-mentions.ts';
import type { DriftFacts, Facts } from './facts.ts';
import { quote } from './text.ts';

/** What a piece of evidence contains, to look a sentence's numbers, times and names up in. */
export interface Lexicon {
  text: string;
  numbers: number[];
  /** Minutes since the epoch. */
  times: number[];
  /** PSI by feature, raw and corrected. */
  psi: Map<string, number[]>;
}

const MINUTE = 60_000;
const ISO = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?/g;
/** Shares that everybody computes of two fields that stand side by side. */
const SHARES = [
  ['positives', 'labelled'],
  ['positives', 'rows'],
  ['positives_since_onset', 'labelled_since_onset'],
  ['schema_violations', 'record_count'],
  ['record_count', 'expected_count'],
  ['nulls_current', 'n_current'],
] as const;
/** A value and what it is compared with: their difference, absolute and relative, is as good as measured. */
const PAIRS = [
  ['f1', 'baseline_f1'],
  ['flagged_share', 'baseline_flagged_share'],
  ['mean_current', 'mean_reference'],
  ['after', 'before'],
] as const;

/** Reads an item. @param documents false: only what was measured, not the texts that a search found */
export function lexiconOf(item: Evidence, documents: boolean): Lexicon {
  const found = documents ? (item.documents ?? []) : [];
  const strings = [item.tool, item.summary, item.at, item.window?.from ?? '', item.window?.to ?? ''];
  const numbers: number[] = [];
  walk(item.facts, strings, numbers);
  for (const doc of found) strings.push(`${doc.file}#${doc.anchor}`, doc.heading, doc.text);
  const text = strings.join('\n');
  const facts = item.facts as Facts | null;
  return {
    // Sentences quote others' text without its markup.
    text: `${text}\n${strings.map((string) => quote(string, string.length)).join('\n')}`,
    numbers: [...numbers, ...numbersIn(text.replace(ISO, ' ')).map(({ value }) => value)],
    times: (text.match(ISO) ?? []).map((time) => Date.parse(`${time.replace(' ', 'T')}Z`) / MINUTE),
    psi: facts?.kind === 'drift' ? psiByFeature(facts) : new Map(),
  };
}

export function joined(lexicons: readonly Lexicon[]): Lexicon {
  return {
    text: lexicons.map(({ text }) => text).join('\n'),
    numbers: lexicons.flatMap(({ numbers }) => numbers),
    times: lexicons.flatMap(({ times }) => times),
    psi: new Map(lexicons.flatMap(({ psi }) => [...psi])),
  };
}

/** Collects strings, field names and numbers, with the counts and shares that follow from them. */
function walk(value: unknown, strings: string[], numbers: number[]): void {
  if (typeof value === 'number') numbers.push(value);
  else if (typeof value === 'string') strings.push(value);
  else if (Array.isArray(value)) {
    const drifted = value.filter((item) => (item as { drifted?: boolean } | null)?.drifted === true).length;
    numbers.push(value.length, drifted, value.length - drifted);
    for (const item of value) walk(item, strings, numbers);
  } else if (value !== null && typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    const number = (name: string) => (typeof fields[name] === 'number' ? fields[name] : Number.NaN);
    for (const [part, whole] of SHARES) numbers.push(number(part) / number(whole));
    for (const [now, base] of PAIRS)
      numbers.push(number(now) - number(base), (number(now) - number(base)) / number(base));
    for (const [name, inner] of Object.entries(fields)) {
      strings.push(name);
      walk(inner, strings, numbers);
    }
  }
}

const psiByFeature = ({ features }: DriftFacts) =>
  new Map(features.map(({ feature, psi, psi_corrected }) => [feature, [psi, psi_corrected]]));

/** Powers between how a number is stored and how its unit is written: 0.81 is 81 %, 1200 ms are 1.2 s. */
const SCALES: Record<string, readonly number[]> = {
  '': [1],
  '%': [100, 1],
  ms: [1, 1000],
  s: [1, 1e-3],
  min: [1, 1 / 60, 1 / 60_000],
  h: [1, 1 / 60, 1 / 3600, 1 / 3_600_000],
  k: [1e-3],
  M: [1e-6],
};
const UNITS: Record<string, string> = { p: '%', '%': '%', k: 'k', M: 'M', h: 'h', s: 's' };
const scalesOf = (unit: string) => {
  if (unit === 'ms') return SCALES.ms!;
  if (unit.startsWith('min')) return SCALES.min!;
  return SCALES[UNITS[unit[0] ?? ''] ?? '']!;
};

/** Small whole numbers count things and must be exact; others may be rounded as written, large ones by half a percent. */
export function isNear(known: number, { value, decimals, unit }: NumberMention): boolean {
  return scalesOf(unit).some((scale) => {
    const distance = Math.abs(Math.abs(known * scale) - value);
    if (decimals === 0 && unit === '' && value < 10) return distance < 1e-9;
    return (
      distance <= 0.5 * 10 ** -decimals + 1e-9 ||
      (decimals === 0 && value >= 100 && distance <= value * 0.005)
    );
  });
}

export const hasNumber = (lexicon: Lexicon, number: NumberMention) =>
  lexicon.numbers.some((known) => isNear(known, number));

/** Whole words only: V1 is not in V14, and v1 is not V1. Of `V14/V17` each part may stand alone. */
export function hasName({ text }: Lexicon, name: string): boolean {
  const has = (word: string) =>
    new RegExp(`(?<![\\w])${word.replace(/\W/g, '\\$&')}(?![\\w])`, /^v\d+$/i.test(word) ? '' : 'i').test(
      text,
    );
  const parts = name.split(/[-./:@]/).filter((part) => /[\d_]/.test(part));
  return has(name) || (parts.length > 0 && parts.join('') !== name && parts.every(has));
}

export const hasMetric = ({ text }: Lexicon, metric: string) => METRICS[metric]!.shown.test(text);

/** To the minute, and where only the day or the clock is said, to that. */
export function hasTime({ times }: Lexicon, time: string): boolean {
  const iso = (minutes: number) => new Date(minutes * MINUTE).toISOString();
  if (/^\d{4}-\d\d-\d\d$/.test(time)) return times.some((known) => iso(known).startsWith(time));
  if (/^\d{1,2}:/.test(time)) {
    const clock = time.padStart(time.indexOf(':') === 1 ? time.length + 1 : 0, '0').slice(0, 5);
    return times.some((known) => iso(known).slice(11, 16) === clock);
  }
  const said = Date.parse(`${time.replace(' ', 'T')}Z`) / MINUTE;
  return times.some((known) => Math.abs(known - said) <= 1);
}
