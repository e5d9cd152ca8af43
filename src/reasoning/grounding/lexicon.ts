import type { Evidence } from '../../domain/evidence.ts';
import { quote } from '../../domain/text.ts';
import { METRICS } from './mentions.ts';
import { isNear, type NumberMention, numbersIn } from './numbers.ts';
import { type Values, valuesOf } from './values.ts';

/** The numbers, times and names that a piece of evidence contains. */
export interface Lexicon {
  text: string;
  numbers: number[];
  /** Minutes since the epoch. */
  times: number[];
  values: Values;
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

/** Reads an item. @param documents false: only what was measured, not the texts that a search found */
export function lexiconOf(item: Evidence, documents: boolean): Lexicon {
  const found = documents ? (item.documents ?? []) : [];
  const strings = [item.tool, item.summary, item.at, item.window?.from ?? '', item.window?.to ?? ''];
  const values = valuesOf(item.facts);
  const numbers = values.fields.map(({ value }) => value);
  walk(item.facts, strings, numbers);
  for (const doc of found) strings.push(`${doc.file}#${doc.anchor}`, doc.heading, doc.text);
  const text = strings.join('\n');
  return {
    // Sentences quote others' text without its markup.
    text: `${text}\n${strings.map((string) => quote(string, string.length)).join('\n')}`,
    numbers: [...numbers, ...numbersIn(text.replace(ISO, ' ')).map(({ value }) => value)],
    times: (text.match(ISO) ?? []).map((time) => Date.parse(`${time.replace(' ', 'T')}Z`) / MINUTE),
    values,
  };
}

export function joined(lexicons: readonly Lexicon[]): Lexicon {
  return {
    text: lexicons.map(({ text }) => text).join('\n'),
    numbers: lexicons.flatMap(({ numbers }) => numbers),
    times: lexicons.flatMap(({ times }) => times),
    values: {
      fields: lexicons.flatMap(({ values }) => values.fields),
      changes: lexicons.flatMap(({ values }) => values.changes),
      drifted: new Map(lexicons.flatMap(({ values }) => [...values.drifted])),
    },
  };
}

/** Collects strings and field names, and the counts and shares that follow from the numbers. */
function walk(value: unknown, strings: string[], numbers: number[]): void {
  if (typeof value === 'string') strings.push(value);
  else if (Array.isArray(value)) {
    const drifted = value.filter((item) => (item as { drifted?: boolean } | null)?.drifted === true).length;
    numbers.push(value.length, drifted, value.length - drifted);
    for (const item of value) walk(item, strings, numbers);
  } else if (value !== null && typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    const number = (name: string) => (typeof fields[name] === 'number' ? fields[name] : Number.NaN);
    for (const [part, whole] of SHARES) numbers.push(number(part) / number(whole));
    for (const [name, inner] of Object.entries(fields)) {
      if (name === 'points') continue;
      strings.push(name);
      walk(inner, strings, numbers);
    }
  }
}

export const hasNumber = (lexicon: Pick<Lexicon, 'numbers'>, number: NumberMention) =>
  lexicon.numbers.some((known) => isNear(known, number));

/** Whole words only: V1 is not in V14, and v1 is not V1. Of `V14/V17` each part may stand alone; v7.3 is schema 7.3. */
export function hasName({ text }: Lexicon, name: string): boolean {
  const has = (word: string) =>
    new RegExp(`(?<![\\w])${word.replace(/\W/g, '\\$&')}(?![\\w])`, /^v\d+$/i.test(word) ? '' : 'i').test(
      text,
    );
  if (/^v\d+(\.\d+)+$/i.test(name) && has(name.slice(1))) return true;
  const parts = name.split(/[-./:@]/).filter((part) => /[\d_]/.test(part) && /[A-Za-z]/.test(part));
  return has(name) || (parts.length > 0 && parts.join('') !== name && parts.every(has));
}

export const hasMetric = ({ text }: Lexicon, metric: string) => METRICS[metric]!.shown.test(text);

/** Compared to the minute; where the text gives only the day or the clock, to that. */
export function hasTime({ times }: Lexicon, time: string): boolean {
  const iso = (minutes: number) => new Date(minutes * MINUTE).toISOString();
  if (/^\d{4}-\d\d-\d\d$/.test(time)) return times.some((known) => iso(known).startsWith(time));
  if (/^\d\d-\d\d$/.test(time)) return times.some((known) => iso(known).slice(5, 10) === time);
  if (/^\d{1,2}:/.test(time)) {
    const clock = time.padStart(time.indexOf(':') === 1 ? time.length + 1 : 0, '0').slice(0, 5);
    return times.some((known) => iso(known).slice(11, 16) === clock);
  }
  const said = Date.parse(`${time.replace(' ', 'T')}Z`) / MINUTE;
  return times.some((known) => Math.abs(known - said) <= 1);
}
