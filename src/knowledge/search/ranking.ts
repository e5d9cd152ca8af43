import type { WordVector } from '../embedding/embedder.ts';

/** Scores by passage, higher is better. */
export type Scores = ReadonlyMap<number, number>;

/** Ids by score, best first; equal ones by id, so that the order never changes from run to run. */
export function ranked(scores: Scores): number[] {
  return [...scores].sort(([a, x], [b, y]) => y - x || a - b).map(([id]) => id);
}

/** The best `count` of them. */
export function best(scores: Scores, count: number): Map<number, number> {
  return new Map(
    ranked(scores)
      .slice(0, count)
      .map((id) => [id, scores.get(id)!]),
  );
}

/** The ids' scores stretched to 0..1; those without a score are the lowest. All equal: 1. */
export function minMax(ids: readonly number[], scores: Scores): Map<number, number> {
  const known = ids.map((id) => scores.get(id)).filter((score) => score !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const stretch = (score = low) => (high > low ? (score - low) / (high - low) : known.length > 0 ? 1 : 0);
  return new Map(ids.map((id) => [id, stretch(scores.get(id))]));
}

/** One way of judging, and how much it counts. */
export interface Part {
  weight: number;
  scores: Scores;
}

/** Weighted sum of the parts, each stretched to 0..1 over the ids: convex fusion (Bruch et al. 2023, arXiv:2210.11934). */
export function fuse(ids: readonly number[], parts: readonly Part[]): Map<number, number> {
  const stretched = parts.map(({ weight, scores }) => ({ weight, scores: minMax(ids, scores) }));
  return new Map(
    ids.map((id) => [id, stretched.reduce((s, part) => s + part.weight * part.scores.get(id)!, 0)]),
  );
}

const RRF_K = 60;

/** Reciprocal rank fusion with the usual k of 60 (Cormack et al. 2009). */
export function reciprocalRanks(lists: readonly (readonly number[])[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const list of lists)
    list.forEach((id, rank) => {
      sums.set(id, (sums.get(id) ?? 0) + 1 / (RRF_K + rank + 1));
    });
  return sums;
}

/** How much a word tells: its inverse document frequency, as in BM25. */
export function inverseFrequency(holding: number, of: number): number {
  return Math.log(1 + (of - holding + 0.5) / (holding + 0.5));
}

/** Components of unit vectors of 384 dimensions lie below 0.3; what is above is cut. */
const QUANTUM = 127 / 0.3;

/** Word vectors as bytes, one after another: a quarter of the size, and a search reads thousands. */
export function packWords(words: readonly WordVector[]): Int8Array {
  const size = words[0]?.vector.length ?? 0;
  const packed = new Int8Array(words.length * size);
  words.forEach(({ vector }, row) => {
    for (let i = 0; i < size; i++)
      packed[row * size + i] = Math.max(-127, Math.min(127, Math.round(vector[i]! * QUANTUM)));
  });
  return packed;
}

/** A question's words, packed, and how much each counts. */
export interface PackedQuestion {
  bytes: Int8Array;
  weights: readonly number[];
}

/** Words of a question compared in one pass over a passage, which is twice as fast as one after the other. */
const LANES = 4;

/** Packs a question, filled up with words that count nothing to a multiple of what is compared at once. */
export function packQuestion(words: readonly WordVector[], weights: readonly number[]): PackedQuestion {
  const fill = (LANES - (words.length % LANES)) % LANES;
  const nothing = { word: '', vector: new Float32Array(words[0]?.vector.length ?? 0) };
  return {
    bytes: packWords([...words, ...new Array<WordVector>(fill).fill(nothing)]),
    weights: [...weights, ...new Array<number>(fill).fill(0)],
  };
}

/**
 * Late interaction: of each word of the question the cosine with its nearest word of the passage, averaged by weight
 * (MaxSim of ColBERT, Khattab & Zaharia 2020, arXiv:2004.12832, with weights). 1 where each word is there and means the
 * same, 0 without words or weights. In whole numbers, which is off by less than one in a hundred.
 */
export function lateInteraction({ bytes, weights }: PackedQuestion, passage: Int8Array): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return 0;
  const size = bytes.length / weights.length;
  const nearest = new Int32Array(weights.length);
  for (let row = 0; row < passage.length; row += size) {
    for (let word = 0; word < weights.length; word += LANES) {
      const [one, two, three, four] = [word * size, (word + 1) * size, (word + 2) * size, (word + 3) * size];
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let i = 0; i < size; i++) {
        const value = passage[row + i]!;
        // `| 0` keeps the sums whole numbers for the compiler too.
        a = (a + bytes[one + i]! * value) | 0;
        b = (b + bytes[two + i]! * value) | 0;
        c = (c + bytes[three + i]! * value) | 0;
        d = (d + bytes[four + i]! * value) | 0;
      }
      if (a > nearest[word]!) nearest[word] = a;
      if (b > nearest[word + 1]!) nearest[word + 1] = b;
      if (c > nearest[word + 2]!) nearest[word + 2] = c;
      if (d > nearest[word + 3]!) nearest[word + 3] = d;
    }
  }
  return weights.reduce((sum, weight, i) => sum + weight * nearest[i]!, 0) / (total * QUANTUM * QUANTUM);
}
