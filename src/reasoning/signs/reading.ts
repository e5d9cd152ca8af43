/**
 * What one look at the evidence showed. Absent readings are worth as much: "no failed pipeline run" goes into
 * `not_found` and speaks against a cause. Numbers in the text stand in the evidence, as rounded here. Undefined: nobody
 * looked, or there was too little data to say.
 */
export interface Reading {
  seen: boolean;
  text: string;
  evidence: string[];
}

export const seen = (text: string, ...evidence: string[]): Reading => ({ seen: true, text, evidence });
export const absent = (text: string, ...evidence: string[]): Reading => ({ seen: false, text, evidence });
export const negated = (reading: Reading | undefined) => reading && { ...reading, seen: !reading.seen };
