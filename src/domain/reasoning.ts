import type { Diagnosis } from './diagnosis.ts';
import type { ModelCall } from './model-call.ts';
import type { EvidenceTool } from './tools.ts';

/** Evidence that a round of reasoning asks for. */
export interface WantedEvidence {
  tool: EvidenceTool;
  /** For the two searches: what to look for. */
  query?: string;
}

/** The end of a round: a diagnosis, or the evidence that it takes first. `calls` is empty when no model was asked. */
export interface DiagnoseAnswer {
  diagnosis: Diagnosis | null;
  wanted: WantedEvidence[];
  calls: ModelCall[];
}
