import { expandIdentifiers } from '../search/terms.ts';
import type { Query } from './client.ts';

/** Longer ones are no words, and Postgres takes none above 2 KB. */
const MAX_LENGTH = 100;

/** The words of a text as FTS5 with `unicode61 remove_diacritics` sees them. */
export function wordsOf(text: string): string[] {
  const plain = expandIdentifiers(text).toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => word.length <= MAX_LENGTH);
}

/** The stems of words, by Postgres' own English stemmer. */
export async function stemsOf(query: Query, words: Iterable<string>): Promise<Map<string, string>> {
  const rows = await query<{ word: string; stem: string | null }>(
    `select word, (ts_lexize('agentops_knowledge.stem', word))[1] as stem from unnest($1::text[]) word`,
    [[...new Set(words)]],
  );
  return new Map(rows.map(({ word, stem }) => [word, stem ?? word]));
}

/** Positions go up to here, and 256 of a word are kept: enough to count by. */
const MAX_POSITION = 16_383;

/** A tsvector's text: each word's stem with its positions, `'drift':1A,5D 'high':2D`. Parts weigh by their letter. */
export function vectorText(
  parts: readonly { words: readonly string[]; weight: 'A' | 'B' | 'D' }[],
  stems: ReadonlyMap<string, string>,
): { text: string; length: number } {
  const positions = new Map<string, string[]>();
  let at = 0;
  for (const { words, weight } of parts) {
    for (const word of words) {
      at++;
      const stem = stems.get(word)!;
      const places = positions.get(stem) ?? [];
      places.push(`${Math.min(at, MAX_POSITION)}${weight}`);
      positions.set(stem, places);
    }
  }
  const text = [...positions]
    .map(([stem, places]) => `'${stem}':${places.slice(0, 256).join(',')}`)
    .join(' ');
  return { text, length: at };
}

/** A tsquery that matches any of the stems. They hold letters and digits alone, so quotes suffice. */
export const anyOf = (stems: readonly string[]): string => stems.map((stem) => `'${stem}'`).join(' | ');
