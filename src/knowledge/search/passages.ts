import type { Embedder } from '../embedding/embedder.ts';
import type { SearchHit, SearchRequest } from '../port.ts';
import { packWords, type Scores } from './ranking.ts';
import { isTelling } from './terms.ts';

/** Which documents may answer; the same for every way of looking. */
export type Filter = Pick<SearchRequest, 'docType' | 'alertType' | 'component'>;

/** A part of a section that is compared as one. The hit that it leads to is the whole section. */
export interface Passage {
  id: number;
  /** Number of the document that it stands in. */
  document: number;
  section: number;
  text: string;
  /** Its document names the asked alert type; others are merely not against it. */
  namesAlert: boolean;
  hit: Omit<SearchHit, 'score'>;
}

/** A passage as the stores select it, with its section and document. */
export interface PassageRow extends Omit<SearchHit, 'score' | 'incident_id'> {
  id: number;
  document: number;
  section: number;
  passage: string;
  /** Truthy: the document names the asked alert type. SQLite knows no booleans. */
  names_alert: boolean | number | null;
  incident_id: string | null;
}

export function passageOf(row: PassageRow): Passage {
  const { id, document, section, passage, names_alert, incident_id, ...hit } = row;
  return {
    id,
    document,
    section,
    text: passage,
    namesAlert: Boolean(names_alert),
    hit: incident_id ? { ...hit, incident_id } : hit,
  };
}

/** Where a word stands. */
export interface Occurrences {
  /** In how many passages. */
  passages: number;
  /** In which documents. */
  documents: ReadonlySet<number>;
}

/** What an index answers, so that one search serves all of them. Passages and documents are numbers. */
export interface PassageIndex {
  /** All passages that it holds. */
  size(): Promise<number>;
  /** Passages that hold any of the terms, with their BM25 scores: the best `limit`. */
  lexical(terms: readonly string[], filter: Filter, limit: number): Promise<Scores>;
  /** Documents that hold any of the terms, each scored by BM25 as one long text. */
  documents(terms: readonly string[], limit: number): Promise<Scores>;
  /** The passages nearest in meaning, with their cosines. */
  nearest(vector: Float32Array, filter: Filter, limit: number): Promise<Scores>;
  occurrences(terms: readonly string[]): Promise<ReadonlyMap<string, Occurrences>>;
  /** The passages' word vectors, as `packWords` made them. */
  words(ids: readonly number[]): Promise<ReadonlyMap<number, Int8Array>>;
  passages(ids: readonly number[], alertType: string | undefined): Promise<Passage[]>;
}

/** Passages embedded in one go and committed together: about two seconds of two cores. */
export const EMBEDDED_AT_ONCE = 64;

/** A passage that waits for its vectors, with the headings that it stands under. */
export interface Unembedded {
  id: number;
  title: string;
  heading: string;
  text: string;
}

/** What an index keeps of each passage: its meaning, and the telling words that a question's are compared with. */
export async function embed(
  embedder: Embedder,
  batch: readonly Unembedded[],
): Promise<{ vector: Float32Array; words: Int8Array }[]> {
  const texts = batch.map(({ title, heading, text }) => embeddedText(title, heading, text));
  const made = await embedder.passages(texts);
  return made.map(({ vector, words }) => ({
    vector,
    words: packWords(words.filter(({ word }) => isTelling(word))),
  }));
}

/** What is embedded: a passage says little without the headings that it stands under. */
function embeddedText(title: string, heading: string, text: string): string {
  return heading === title ? `${title}\n${text}` : `${title}: ${heading}\n${text}`;
}

/** Diagrams repeat the words of the text around them, and would outrank it. */
export function withoutDiagrams(text: string): string {
  return text.replace(/```mermaid[\s\S]*?(```|$)/g, '').trim();
}
