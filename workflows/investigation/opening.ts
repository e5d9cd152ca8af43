import type { InvestigationView } from '../../src/domain/investigation.ts';

/** What a question's workflow is started with. */
export interface InvestigationInput {
  investigationId: string;
  question: string;
  /** Without version: a key of `policy.components`. */
  component: string;
  /** The name of the token that asked. */
  askedBy: string;
  askedAt: string;
}

/** A question's view before a worker has taken it up: written by whoever asks, and again by the run. */
export function openingView(input: InvestigationInput, workflowId: string, runId: string): InvestigationView {
  return {
    investigation_id: input.investigationId,
    workflow_id: workflowId,
    run_id: runId,
    question: input.question,
    component: input.component,
    asked_by: input.askedBy,
    asked_at: input.askedAt,
    updated_at: input.askedAt,
    finished_at: null,
    status: 'queued',
    waiting_for: 'a worker',
    strategy: null,
    diagnosis: null,
    incident_id: null,
    error: null,
    version: 0,
  };
}
