/**
 * The result of looking for a sign in the evidence. An absent sign counts as much: "no failed pipeline run" goes into
 * `not_found` and is evidence against a cause. Numbers in the text stand in the evidence, as rounded here. A reading is
 * undefined where nothing was measured or the data are too few.
 */
export interface Reading {
  seen: boolean;
  text: string;
  evidence: string[];
}

export const seen = (text: string, ...evidence: string[]): Reading => ({ seen: true, text, evidence });
export const absent = (text: string, ...evidence: string[]): Reading => ({ seen: false, text, evidence });
export const negated = (reading: Reading | undefined) => reading && { ...reading, seen: !reading.seen };
