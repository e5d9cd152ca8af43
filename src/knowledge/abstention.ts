/** What speaks for there being an answer at all. Each is about 0 to 1, and the better the answer the higher. */
export interface Signals {
  /** The best late interaction of a passage: some passage means every word of the question. Null without a model. */
  interaction: number | null;
  /** The largest share of the question's words, by how much they tell, that one document holds. */
  coverage: number;
  /** The best passage's BM25 per unit of what the question's words tell. */
  density: number;
}

interface Calibration {
  interaction: number;
  coverage: number;
  density: number;
  constant: number;
}

/**
 * Logistic regressions on the `tune` half of tests/knowledge/questions.yaml, both classes with equal weight; printed by
 * `bench/retrieval/calibrate.ts`, which also says how they do on the other half.
 */
const CALIBRATIONS: Record<string, Calibration> = {
  lexical: { interaction: 0, coverage: 0, density: 0, constant: 0 },
};

/** Below this it is more likely that nothing answers. */
export const LIMIT = 0.5;

/** How likely it is that the index holds an answer, 0 to 1, as calibrated for this embedder; null: for words alone. */
export function answerable(embedder: string | null, signals: Signals): number {
  const c = CALIBRATIONS[embedder ?? 'lexical'] ?? CALIBRATIONS.lexical!;
  const sum =
    c.interaction * (signals.interaction ?? 0) +
    c.coverage * signals.coverage +
    c.density * signals.density +
    c.constant;
  return 1 / (1 + Math.exp(-sum));
}
