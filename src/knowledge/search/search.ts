import { type Embedder, EmbedderError, type WordVector } from '../embedding/embedder.ts';
import type { SearchAnswer, SearchHit, SearchMode, SearchRequest } from '../port.ts';
import { answerable, type Signals } from './abstention.ts';
import type { Passage, PassageIndex } from './passages.ts';
import {
  best,
  fuse,
  inverseFrequency,
  lateInteraction,
  type Part,
  packQuestion,
  ranked,
  reciprocalRanks,
  type Scores,
} from './ranking.ts';
import type { Reranker } from './reranker.ts';
import { incidentIdsIn, isTelling, queryTerms, subjectOf } from './terms.ts';

/** What a search has to work with. */
export interface SearchResources {
  index: PassageIndex;
  /** Null: only words are compared; `wordsOnlyReason` says why. */
  embedder: Embedder | null;
  reranker: Reranker | null;
  wordsOnlyReason: string;
}

/** Passages that either way of looking proposes. */
const CANDIDATES = 50;
/** How deep scores are read, so that what one way proposes has the other's score too. */
const DEPTH = 500;
/** Passages whose words are compared one by one. A cross-encoder is slower, and reads fewer. */
const COMPARED = 20;
/** Of a long question the words that tell most: what they cost grows with them, and the rest changes little. */
const COMPARED_WORDS = 16;
const READ = 20;

/**
 * Shares of the fused score. The document as a whole leads to the right document, the passage to the right section in it.
 * Chosen by bench/retrieval/tune.ts, on questions about our own corpus and on public runbooks together.
 */
const WEIGHTS = { passage: 0.1, document: 0.3, meaning: 0.5, comparison: 0.1 };
/** A cross-encoder has read both question and passage: it weighs as much as all the rest. */
const READ_WEIGHT = 1;
/** A document that names the asked alert type counts a little more. */
const NAMES_ALERT = 1.1;
/** An incident that the question names by its id comes before all that is merely like it: more than all shares together. */
const NAMED = 10;

/** Searches an index, in the modes of the port. A model that fails at the question costs the meaning, not the answer. */
export async function search(means: SearchResources, request: SearchRequest): Promise<SearchAnswer> {
  try {
    return await answer(means, request);
  } catch (error) {
    if (!(error instanceof EmbedderError)) throw error;
    return await answer({ ...means, embedder: null, wordsOnlyReason: error.message }, request);
  }
}

async function answer(means: SearchResources, request: SearchRequest): Promise<SearchAnswer> {
  const { mode = 'default', limit = 8 } = request;
  const { index, embedder } = means;
  const found = await look(means, request);
  const base = { method: methodOf(means, mode), embedder: embedder?.name ?? null, abstained: null };
  if (mode === 'bm25' || mode === 'vector' || mode === 'rrf') {
    const scores = plainScores(found, mode);
    // Enough passages for `limit` sections, even where long ones are cut in several.
    const passages = await index.passages(ranked(scores).slice(0, limit * 4), request.alertType);
    return { ...base, hits: hitsOf(passages, scores, limit) };
  }
  const judged = await judge(means, found, request);
  if (!judged) return { ...base, hits: [] };
  const { passages, parts, signals } = judged;
  const asked = incidentIdsIn(request.query);
  const named = passages.filter(({ hit }) => hit.incident_id !== undefined && asked.has(hit.incident_id));
  if (signals && named.length === 0) {
    const likelihood = answerable(base.embedder, signals);
    if (likelihood.score < likelihood.limit) return { ...base, hits: [], abstained: likelihood };
  }
  const scores = fuse(idsOf(passages), parts);
  for (const { id, namesAlert } of passages) if (namesAlert) scores.set(id, scores.get(id)! * NAMES_ALERT);
  for (const { id } of named) scores.set(id, scores.get(id)! + NAMED);
  return { ...base, hits: hitsOf(passages, scores, limit) };
}

/** The candidates for an answer, as each part of the ranking judges them. */
export interface JudgedSearch {
  passages: Passage[];
  /** Of passage, document, meaning, comparison and reading, those that there are. */
  parts: Part[];
  /** What speaks for an answer being among them; null in the mode that does not ask. */
  signals: Signals | null;
}

/** Judges what a request may be answered with, before anything is fused or withheld. Null: nothing may. */
export async function judge(
  means: SearchResources,
  found: Found,
  request: SearchRequest,
): Promise<JudgedSearch | null> {
  const { lexical, meaning } = found;
  const ids = new Set([...best(lexical, CANDIDATES).keys(), ...best(meaning, CANDIDATES).keys()]);
  const passages = await means.index.passages([...ids], request.alertType);
  if (passages.length === 0) return null;
  const parts = await scoreParts(means, found, passages);
  if (request.mode === 'fused') return { passages, parts, signals: null };
  const { part, signals } = await compare(means, found, passages, parts);
  if (part) parts.push(part);
  if (means.reranker) parts.push(await read(means.reranker, request.query, passages, parts));
  return { passages, parts, signals };
}

/** What both ways of looking found, down to `DEPTH`. */
export interface Found {
  terms: readonly string[];
  /** The question's telling words as the model sees them. Null without a model. */
  words: readonly WordVector[] | null;
  lexical: Scores;
  meaning: Scores;
}

/** Looks by words and, with a model, by meaning. */
export async function look({ index, embedder }: SearchResources, request: SearchRequest): Promise<Found> {
  const terms = queryTerms(request.query);
  if (terms.length === 0) return { terms, words: null, lexical: new Map(), meaning: new Map() };
  const lexical = await index.lexical(terms, request, DEPTH);
  if (!embedder || request.mode === 'bm25') return { terms, words: null, lexical, meaning: new Map() };
  const { vector, words } = await embedder.query(request.query);
  const meaning = await index.nearest(vector, request, DEPTH);
  return { terms, words: words.filter(({ word }) => isTelling(word)), lexical, meaning };
}

function plainScores({ lexical, meaning, words }: Found, mode: 'bm25' | 'vector' | 'rrf'): Scores {
  if (mode === 'vector') return meaning;
  if (mode === 'bm25' || words === null) return lexical;
  return reciprocalRanks([ranked(best(lexical, CANDIDATES)), ranked(best(meaning, CANDIDATES))]);
}

/** The candidates' scores from both ways of looking, and of their documents as wholes. Words stand in for the meaning. */
async function scoreParts(
  { index }: SearchResources,
  { terms, lexical, meaning, words }: Found,
  passages: readonly Passage[],
): Promise<Part[]> {
  const scores = await index.documents(terms, DEPTH);
  const document = {
    weight: WEIGHTS.document,
    scores: new Map(passages.map((passage) => [passage.id, scores.get(passage.document) ?? 0])),
  };
  return words
    ? [{ weight: WEIGHTS.passage, scores: lexical }, document, { weight: WEIGHTS.meaning, scores: meaning }]
    : [{ weight: WEIGHTS.passage + WEIGHTS.meaning, scores: lexical }, document];
}

/** Compares the question word by word: with the best passages by meaning, with all documents by letter. */
async function compare(
  { index }: SearchResources,
  { terms, words, lexical }: Found,
  passages: readonly Passage[],
  parts: readonly Part[],
): Promise<{ part: Part | null; signals: Signals }> {
  const occurrences = await index.occurrences([
    ...new Set([...terms, ...(words ?? []).map(({ word }) => word)]),
  ]);
  const size = await index.size();
  const tells = (term: string) => inverseFrequency(occurrences.get(term)?.passages ?? 0, size);
  const documents = [...new Set(passages.map(({ document }) => document))];
  const holds = (document: number, term: string) => occurrences.get(term)?.documents.has(document) ?? false;
  const subject = subjectOf(terms, (term) => !documents.some((document) => holds(document, term)));
  const told = subject.reduce((sum, term) => sum + tells(term), 0);
  const held = (document: number) =>
    subject.reduce((sum, term) => sum + (holds(document, term) ? tells(term) : 0), 0);
  const signals = {
    interaction: null,
    coverage: Math.max(...documents.map(held)) / told,
    density: Math.max(0, ...lexical.values()) / told,
  };
  if (!words) return { part: null, signals };
  const weighed = words.map((word) => ({ word, weight: tells(word.word) }));
  const telling = weighed.sort((a, b) => b.weight - a.weight).slice(0, COMPARED_WORDS);
  const question = packQuestion(
    telling.map(({ word }) => word),
    telling.map(({ weight }) => weight),
  );
  const top = [...best(fuse(idsOf(passages), parts), COMPARED).keys()];
  const scores = new Map(
    [...(await index.words(top))].map(([id, packed]) => [id, lateInteraction(question, packed)]),
  );
  return {
    part: { weight: WEIGHTS.comparison, scores },
    signals: { ...signals, interaction: Math.max(0, ...scores.values()) },
  };
}

/** Lets a cross-encoder read the best. */
async function read(
  reranker: Reranker,
  query: string,
  passages: readonly Passage[],
  parts: readonly Part[],
): Promise<Part> {
  const ids = [...best(fuse(idsOf(passages), parts), READ).keys()];
  const texts = new Map(passages.map(({ id, text }) => [id, text]));
  const marks = await reranker.score(
    query,
    ids.map((id) => texts.get(id)!),
  );
  return { weight: READ_WEIGHT, scores: new Map(ids.map((id, i) => [id, marks[i]!])) };
}

const idsOf = (passages: readonly Passage[]) => passages.map(({ id }) => id);

/** The sections that the passages stand in, each by its best one. */
function hitsOf(passages: readonly Passage[], scores: Scores, limit: number): SearchHit[] {
  const byId = new Map(passages.map((passage) => [passage.id, passage]));
  const hits = new Map<number, SearchHit>();
  for (const id of ranked(new Map(idsOf(passages).map((id) => [id, scores.get(id)!])))) {
    const { section, hit } = byId.get(id)!;
    if (!hits.has(section)) hits.set(section, { ...hit, score: scores.get(id)! });
    if (hits.size === limit) break;
  }
  return [...hits.values()];
}

function methodOf({ embedder, reranker, wordsOnlyReason }: SearchResources, mode: SearchMode): string {
  if (mode === 'bm25') return 'BM25';
  if (!embedder) return `BM25 alone: ${wordsOnlyReason}`;
  if (mode === 'vector') return embedder.name;
  if (mode === 'rrf') return `BM25 + ${embedder.name}, reciprocal rank fusion`;
  const fused = `BM25 + ${embedder.name}, fused`;
  return mode === 'fused' ? fused : [fused, 'late interaction', reranker?.name].filter(Boolean).join(', ');
}
