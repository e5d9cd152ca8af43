import { z } from 'zod';
import { AlertType } from './alert.ts';
import { Diagnosis } from './diagnosis.ts';
import { TraceEvent } from './incident.ts';

/** What a person may ask at most, in characters. */
export const MAX_QUESTION = 2_000;

/** `queued` until a worker takes it up, `running` until one of the others. */
export const INVESTIGATION_STATUSES = ['queued', 'running', 'answered', 'failed', 'cancelled'] as const;
export const InvestigationStatus = z.enum(INVESTIGATION_STATUSES).meta({ id: 'InvestigationStatus' });
export type InvestigationStatus = z.infer<typeof InvestigationStatus>;

/** One person's question about one component, as last recorded. Its answer and its progress are events of their own. */
export const InvestigationView = z
  .object({
    investigation_id: z.string(),
    workflow_id: z.string(),
    run_id: z.string(),
    question: z.string(),
    component: z.string(),
    /** The name of the token that asked. */
    asked_by: z.string(),
    asked_at: z.string(),
    updated_at: z.string(),
    finished_at: z.string().nullable(),
    status: InvestigationStatus,
    /** One sentence: what happens now, or how it ended. */
    waiting_for: z.string(),
    /** From what is firing, else from the question's words; null until that is known. */
    strategy: AlertType.nullable(),
    diagnosis: Diagnosis.nullable(),
    /** The incident that was open on the component when the question was asked. */
    incident_id: z.string().nullable(),
    error: z.string().nullable(),
    /** Rises by one at every recorded transition. */
    version: z.number().int(),
  })
  .meta({ id: 'Investigation' });
export type InvestigationView = z.infer<typeof InvestigationView>;

/** What a `[ev_…]` in an answer stands for. Its number for readers is its place in the list, from 1. */
export const Citation = z
  .object({
    evidence_id: z.string(),
    tool: z.string(),
    /** Where to look: `runbook_model_drift.md#section-3-2`, or the tool's system and its window. */
    source: z.string(),
    summary: z.string(),
  })
  .meta({ id: 'Citation' });
export type Citation = z.infer<typeof Citation>;

/** The answer so far, of the newest attempt at it. `complete` once its citations are known. */
export const Answer = z
  .object({
    text: z.string(),
    /** The model's name, or `rules`; null until it is complete. */
    by: z.string().nullable(),
    complete: z.boolean(),
    citations: z.array(Citation),
  })
  .meta({ id: 'Answer' });
export type Answer = z.infer<typeof Answer>;

/** What a reader of an investigation hears, in this order; `type` is the event's name in the stream. */
export const InvestigationEvent = z
  .discriminatedUnion('type', [
    TraceEvent.extend({ type: z.literal('progress') }),
    /** The answer starts again: what was read of it so far does not count. */
    z.object({ type: z.literal('reset'), attempt: z.number().int(), why: z.string() }),
    z.object({ type: z.literal('piece'), attempt: z.number().int(), text: z.string() }),
    z.object({
      type: z.literal('citations'),
      attempt: z.number().int(),
      by: z.string(),
      citations: z.array(Citation),
    }),
  ])
  .meta({ id: 'InvestigationEvent' });
export type InvestigationEvent = z.infer<typeof InvestigationEvent>;

/** The answer that events tell of: later attempts replace earlier ones. */
export function answerOf(events: readonly InvestigationEvent[]): Answer | null {
  const said = events.filter((event) => event.type === 'piece' || event.type === 'citations');
  const newest = Math.max(...said.map(({ attempt }) => attempt));
  const last = said.filter(({ attempt }) => attempt === newest);
  if (last.length === 0) return null;
  const end = last.find((event) => event.type === 'citations');
  return {
    text: last.map((event) => (event.type === 'piece' ? event.text : '')).join(''),
    by: end?.by ?? null,
    complete: end !== undefined,
    citations: end?.citations ?? [],
  };
}

/** The fields of an investigation that differ from the version before. */
export type InvestigationPatch = Pick<InvestigationView, 'investigation_id' | 'run_id' | 'version'> &
  Partial<InvestigationView>;
