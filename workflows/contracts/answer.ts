import type { TraceEvent } from '../../src/domain/incident.ts';
import type { InvestigationPatch, InvestigationView } from '../../src/domain/investigation.ts';
import type { ModelCall } from '../../src/domain/model-call.ts';
import type { PastAction } from '../../src/domain/past-action.ts';

/** Inputs and answers of the activities that answer a person's question. */

/** What the run of a person's question needs to know from outside, fetched once by its first activity. */
export interface InvestigationContext {
  /** The incident that is open on the component; it is shown and cited, never disturbed. */
  incidentId: string | null;
  pastActions: PastAction[];
  publicUrl: string;
}

export interface AnswerRequest {
  investigationId: string;
  /** Evidence ids of the searches for the question itself, in the person's own words. */
  asked: string[];
}

export interface AnswerGiven {
  /** The model's name, or `rules`. */
  by: string;
  /** How many evidence items the answer cites. */
  cited: number;
  /** Empty when no model was asked. */
  calls: ModelCall[];
}

/** The Investigator's duties towards a person who asked a question. */
export interface AnswerActivities {
  /** Writes the first view to the store. Idempotent by its id; retried until it succeeds. */
  open_investigation(view: InvestigationView): Promise<InvestigationContext>;
  /** Writes what changed, and its new trace events, to the store. Idempotent by version; retried until it succeeds. */
  record_investigation(change: InvestigationPatch, events: TraceEvent[]): Promise<void>;
  /**
   * Writes the answer to the store piece by piece, from what the store has: question, diagnosis, evidence. Each attempt
   * starts the answer again and ends the one before it, so retries repeat nothing to the reader.
   */
  answer_question(request: AnswerRequest): Promise<AnswerGiven>;
}
