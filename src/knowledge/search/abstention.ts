/** What speaks for there being an answer at all. Each is about 0 to 1, and the better the answer the higher. */
export interface Signals {
  /** The best late interaction of a passage: some passage means every word of the question. Null without a model. */
  interaction: number | null;
  /** The largest share of the question's words, by how much they tell, that one document holds. */
  coverage: number;
  /** The best passage's BM25 per unit of what the question's words tell. */
  density: number;
}

/** Coefficients of a logistic regression, and the likelihood below which there is no answer. */
type Calibration = Record<keyof Signals | 'constant' | 'limit', number>;

/** To miss a page that is there is taken to cost one and a half times what a wrong page does: 1 / (1 + 1.5). */
const LIMIT = 0.4;

/**
 * Fitted on the `tune` half of tests/knowledge/questions.yaml, both classes with equal weight; printed by
 * `bench/retrieval/calibrate.ts`, which also says how they do on the other half. By name of the embedding model.
 */
const CALIBRATIONS: Record<string, Calibration> = {
  'bge-small-en-v1.5 int8': {
    interaction: 18.46,
    coverage: 4.96,
    density: 0,
    constant: -13.81,
    limit: LIMIT,
  },
  'all-MiniLM-L6-v2 int8': {
    interaction: 12.51,
    coverage: 3.85,
    density: 0,
    constant: -8.3,
    limit: LIMIT,
  },
};
/** That a question's words stand nowhere says less than that nothing means the same: the limit is lower. */
const WORDS_ALONE: Calibration = {
  interaction: 0,
  coverage: 6.14,
  density: 5.17,
  constant: -5.96,
  limit: 0.3,
};

/**
 * How likely it is that the index holds an answer, 0 to 1, and the limit below which there is none, as calibrated for this
 * embedder; for one that is not, and for none, by words alone.
 */
export function answerable(embedder: string | null, signals: Signals): { score: number; limit: number } {
  const c = (embedder !== null && CALIBRATIONS[embedder]) || WORDS_ALONE;
  const sum =
    c.interaction * (signals.interaction ?? 0) +
    c.coverage * signals.coverage +
    c.density * signals.density +
    c.constant;
  return { score: 1 / (1 + Math.exp(-sum)), limit: c.limit };
}
