import { answerable, LIMIT, type Signals } from './abstention.ts';
import type { Embedder, Embedding } from './embedder.ts';
import type { Passage, PassageIndex } from './passages.ts';
import type { SearchAnswer, SearchHit, SearchRequest } from './port.ts';
import {
  best,
  fuse,
  inverseFrequency,
  lateInteraction,
  packWords,
  ranked,
  reciprocalRanks,
  type Scores,
} from './ranking.ts';
import type { Reranker } from './reranker.ts';
import { isTelling, queryTerms } from './terms.ts';

/** What a search has to work with. Without an embedder words alone are compared, and `alone` says why. */
export interface Means {
  index: PassageIndex;
  embedder: Embedder | null;
  reranker: Reranker | null;
  alone: string;
}

/** Passages that either way of looking proposes. */
const CANDIDATES = 50;
/** How deep scores are read, so that what one way proposes has the other's score too. */
const DEPTH = 1000;
/** Passages whose words are compared one by one; read by a cross-encoder, which is slower: half of them. */
const COMPARED = 40;
const READ = 20;

/**
 * Shares of the fused score. The document as a whole finds the right document, the passage the right section in it.
 * Chosen on our own corpus and by cross-validation over public runbooks: docs/decisions.md.
 */
const WEIGHTS = { passage: 0.1, document: 0.3, meaning: 0.4, comparison: 0.2 };
/** A cross-encoder has read both; it weighs as much as all the rest. */
const READ_WEIGHT = 1;
/** A document that names the asked alert type counts a little more. */
const NAMES_ALERT = 1.1;

/** Searches an index: the four modes of the port. Only `default` abstains, the others are its parts to compare. */
export async function search(means: Means, request: SearchRequest): Promise<SearchAnswer> {
  const { query, mode = 'default', limit = 8 } = request;
  const { index, embedder } = means;
  const terms = queryTerms(query);
  const embedding = embedder && mode !== 'bm25' && terms.length > 0 ? await embedder.query(query) : null;
  const lexical: Scores = terms.length > 0 ? await index.lexical(terms, request, DEPTH) : new Map();
  const meaning: Scores = embedding ? await index.nearest(embedding.vector, request, DEPTH) : new Map();
  const base = { method: methodOf(means, mode), embedder: embedder?.name ?? null, abstained: null };

  if (mode !== 'default') {
    const scores =
      mode === 'bm25'
        ? lexical
        : mode === 'vector'
          ? meaning
          : reciprocalRanks([ranked(best(lexical, CANDIDATES)), ranked(best(meaning, CANDIDATES))]);
    // Enough passages for `limit` sections even where long ones are cut in several.
    const passages = await index.passages(ranked(scores).slice(0, limit * 4), request.alertType);
    return { ...base, hits: hitsOf(passages, scores, limit) };
  }

  const ids = [...new Set([...best(lexical, CANDIDATES).keys(), ...best(meaning, CANDIDATES).keys()])];
  const passages = await index.passages(ids, request.alertType);
  if (passages.length === 0) return { ...base, hits: [] };
  const { scores, signals } = await rank(means, { query, terms, embedding, lexical, meaning, passages });
  const score = answerable(base.embedder, signals);
  if (score < LIMIT) return { ...base, hits: [], abstained: { score, limit: LIMIT } };
  for (const { id, namesAlert } of passages) if (namesAlert) scores.set(id, scores.get(id)! * NAMES_ALERT);
  return { ...base, hits: hitsOf(passages, scores, limit) };
}

/** What speaks for an answer in the index, for the calibration of when to abstain; null: no passage at all. */
export async function signalsOf(means: Means, query: string): Promise<Signals | null> {
  const terms = queryTerms(query);
  const embedding = means.embedder ? await means.embedder.query(query) : null;
  const lexical = await means.index.lexical(terms, {}, DEPTH);
  const meaning: Scores = embedding ? await means.index.nearest(embedding.vector, {}, DEPTH) : new Map();
  const ids = [...new Set([...best(lexical, CANDIDATES).keys(), ...best(meaning, CANDIDATES).keys()])];
  const passages = await means.index.passages(ids, undefined);
  if (passages.length === 0) return null;
  return (await rank(means, { query, terms, embedding, lexical, meaning, passages })).signals;
}

interface Found {
  query: string;
  terms: readonly string[];
  embedding: Embedding | null;
  lexical: Scores;
  meaning: Scores;
  passages: readonly Passage[];
}

/** The candidates' fused scores, and what speaks for an answer being among them. */
async function rank(
  { index, reranker }: Means,
  { query, terms, embedding, lexical, meaning, passages }: Found,
): Promise<{ scores: Map<number, number>; signals: Signals }> {
  const ids = passages.map(({ id }) => id);
  const whole = await index.documents(terms, DEPTH);
  const documents = new Map(passages.map(({ id, document }) => [id, whole.get(document) ?? 0]));
  const parts = [
    { weight: WEIGHTS.passage, scores: lexical },
    { weight: WEIGHTS.document, scores: documents },
    ...(embedding ? [{ weight: WEIGHTS.meaning, scores: meaning }] : []),
  ];
  const first = fuse(ids, parts);

  const words = (embedding?.words ?? []).filter(({ word }) => isTelling(word));
  const occurrences = await index.occurrences([...new Set([...terms, ...words.map(({ word }) => word)])]);
  const size = await index.size();
  const weightOf = (term: string) => inverseFrequency(occurrences.get(term)?.passages ?? 0, size);
  const compared = new Map<number, number>();
  if (words.length > 0) {
    const question = packWords(words);
    const weights = words.map(({ word }) => weightOf(word));
    for (const [id, packed] of await index.words([...best(first, COMPARED).keys()]))
      compared.set(id, lateInteraction(question, weights, packed));
    parts.push({ weight: WEIGHTS.comparison, scores: compared });
  }
  if (reranker) {
    const read = ranked(fuse(ids, parts)).slice(0, READ);
    const texts = read.map((id) => passages.find((passage) => passage.id === id)!.text);
    const marks = await reranker.score(query, texts);
    parts.push({ weight: READ_WEIGHT, scores: new Map(read.map((id, i) => [id, marks[i]!])) });
  }
  const told = terms.reduce((sum, term) => sum + weightOf(term), 0);
  const held = (document: number) =>
    terms.reduce((sum, t) => sum + (occurrences.get(t)?.documents.has(document) ? weightOf(t) : 0), 0);
  const numbers = new Set(passages.map(({ document }) => document));
  return {
    scores: parts.length > 1 ? fuse(ids, parts) : first,
    signals: {
      interaction: embedding ? Math.max(0, ...compared.values()) : null,
      coverage: Math.max(...[...numbers].map(held)) / told,
      density: Math.max(0, ...lexical.values()) / told,
    },
  };
}

/** The sections that the passages stand in, each by its best one. */
function hitsOf(passages: readonly Passage[], scores: Scores, limit: number): SearchHit[] {
  const hits = new Map<number, SearchHit>();
  const order = ranked(new Map(passages.map(({ id }) => [id, scores.get(id)!])));
  const byId = new Map(passages.map((passage) => [passage.id, passage]));
  for (const id of order) {
    const { section, hit } = byId.get(id)!;
    if (!hits.has(section)) hits.set(section, { ...hit, score: scores.get(id)! });
    if (hits.size === limit) break;
  }
  return [...hits.values()];
}

function methodOf({ embedder, reranker, alone }: Means, mode: SearchRequest['mode']): string {
  if (mode === 'bm25') return 'BM25';
  if (!embedder) return `BM25 alone: ${alone}`;
  if (mode === 'vector') return embedder.name;
  if (mode === 'rrf') return `BM25 + ${embedder.name}, reciprocal rank fusion`;
  return `BM25 + ${embedder.name}, fused, ${reranker ? `late interaction, ${reranker.name}` : 'late interaction'}`;
}
