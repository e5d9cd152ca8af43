/** How well one ranking did: the document at the top, and how early the relevant ones come. All 0 to 1. */
export interface Quality {
  'hit@1': number;
  'recall@5': number;
  'mrr@10': number;
  'ndcg@10': number;
}

/**
 * The usual measures of a ranking of documents, relevance being yes or no; nDCG after Järvelin & Kekäläinen 2002.
 * @throws RangeError without a relevant document: nothing can be measured
 */
export function quality(ranking: readonly string[], relevant: ReadonlySet<string>): Quality {
  if (relevant.size === 0) throw new RangeError('expected at least one relevant document, got none');
  const ten = ranking.slice(0, 10);
  const first = ten.findIndex((file) => relevant.has(file));
  const gain = (rank: number) => 1 / Math.log2(rank + 2);
  const gained = ten.reduce((sum, file, rank) => sum + (relevant.has(file) ? gain(rank) : 0), 0);
  const ideal = Array.from({ length: Math.min(10, relevant.size) }, (_, rank) => gain(rank));
  return {
    'hit@1': first === 0 ? 1 : 0,
    'recall@5': ranking.slice(0, 5).filter((file) => relevant.has(file)).length / relevant.size,
    'mrr@10': first < 0 ? 0 : 1 / (first + 1),
    'ndcg@10': gained / ideal.reduce((sum, value) => sum + value, 0),
  };
}

export const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The value below which a share of them lies, 0.95 for p95: the nearest one that is there. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

export interface Interval {
  mean: number;
  /** 95 % of resamples lie between. */
  low: number;
  high: number;
}

/**
 * Paired bootstrap of the mean of differences (Efron & Tibshirani 1993, ch. 13: percentile interval).
 * @param random 0 to 1, seeded, so that the interval can be had again
 */
export function bootstrap(differences: readonly number[], resamples: number, random: () => number): Interval {
  const means = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < differences.length; i++)
      sum += differences[Math.floor(random() * differences.length)]!;
    return sum / differences.length;
  });
  return { mean: mean(differences), low: percentile(means, 0.025), high: percentile(means, 0.975) };
}

/** Random numbers from a seed: the mulberry32 generator. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
