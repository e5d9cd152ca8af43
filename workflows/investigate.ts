import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { Alert } from '../src/domain/alert.ts';
import type { Diagnosis } from '../src/domain/diagnosis.ts';
import type { EvidenceRef } from '../src/domain/evidence.ts';
import type { TraceEvent } from '../src/domain/incident.ts';
import type { ModelCall } from '../src/domain/model-call.ts';
import type { PastAction } from '../src/domain/past-action.ts';
import type { WantedEvidence } from '../src/domain/reasoning.ts';
import { EVIDENCE_TOOLS, type MeasuringTool, TOOLS } from '../src/domain/tools.ts';
import { activities, call } from './activities.ts';
import { now } from './clock.ts';
import type { InvestigateRequest } from './contracts/investigate.ts';
import { rootMessage } from './failure.ts';
import { measure } from './measure.ts';

/** How often reasoning may be asked, the last time without asking for more evidence. */
const ROUNDS = 3;

/** What an investigation begins with: an incident's, or that of a person's question. */
export interface Inquiry {
  request: InvestigateRequest;
  alerts: Alert[];
  /** What the two searches are asked first. */
  queries: { runbooks: string; incidents: string };
  /** False: policy knows no such component, so only the knowledge base can be asked. */
  measured: boolean;
}

/** Adds an event to the trace: a tool's finding, or a model's answer. */
export type Note = (what: string, result: string, extra: Partial<TraceEvent>) => void;

/** Every search and reading in parallel. A source that does not answer is noted and does not stop the others. */
export async function collect({ request, queries, measured }: Inquiry, note: Note): Promise<EvidenceRef[]> {
  const wanted = EVIDENCE_TOOLS.flatMap((tool): WantedEvidence[] => {
    const { evidence, documents } = TOOLS[tool]!;
    if (evidence === 'search') return [{ tool, query: queries[documents!] }];
    return evidence === 'reading' && measured ? [{ tool }] : [];
  });
  return gather(request, wanted, note);
}

/**
 * Reasons over the evidence. Each round may ask for more by naming tools, which are run here; the last one must answer.
 * @param evidence ids and summaries collected so far; what further rounds find is added to it
 */
export async function reason(
  inquiry: Inquiry,
  evidence: EvidenceRef[],
  pastActions: PastAction[],
  note: Note,
): Promise<Diagnosis> {
  const { request, alerts, measured } = inquiry;
  for (let round = 1; round <= ROUNDS; round++) {
    const started = now().getTime();
    const mayAsk = round < ROUNDS;
    const { diagnosis, wanted, calls } = await activities.diagnose({
      ...request,
      alerts,
      evidence: evidence.map(({ id }) => id),
      pastActions,
      mayAsk,
    });
    noteCalls(calls, note);
    if (diagnosis) {
      const { verdict, category, root_cause, diagnosed_by } = diagnosis;
      const ms = now().getTime() - started;
      note('diagnose', `${verdict} ${category}: ${root_cause}`, { by: diagnosed_by, ms });
      return diagnosis;
    }
    const possible = measured ? wanted : wanted.filter(({ tool }) => TOOLS[tool]!.evidence === 'search');
    add(evidence, await gather({ ...request, round: `${request.round}.${round}` }, possible, note));
  }
  throw ApplicationFailure.nonRetryable('the last round of reasoning gave no diagnosis', 'NoDiagnosis');
}

/** Every call of the model is in the trace: what came of it, prompt and version, tokens, time. */
export function noteCalls(calls: readonly ModelCall[], note: Note): void {
  for (const { model, prompt, outcome, detail, tokens_in, tokens_out, ms } of calls) {
    const tokens = `${tokens_in ?? '?'} tokens in, ${tokens_out ?? '?'} out`;
    note('model', `${outcome}: ${detail} (${prompt}, ${tokens})`, { by: model, ms });
  }
}

/** Adds items that are not among the evidence yet. */
export function add(evidence: EvidenceRef[], items: readonly EvidenceRef[]): void {
  for (const item of items) if (!evidence.some(({ id }) => id === item.id)) evidence.push(item);
}

/** Runs these tools in parallel. */
export async function gather(
  request: InvestigateRequest,
  wanted: readonly WantedEvidence[],
  note: Note,
): Promise<EvidenceRef[]> {
  const found = await Promise.all(
    wanted.map(async (item) => {
      const started = now().getTime();
      try {
        const items = await use(request, item);
        const ms = now().getTime() - started;
        for (const { tool, summary } of items) note(tool, summary, { ms });
        return items;
      } catch (error) {
        if (!(error instanceof ActivityFailure || error instanceof ApplicationFailure)) throw error;
        note(item.tool, `no answer: ${rootMessage(error)}`, {});
        return [];
      }
    }),
  );
  return found.flat();
}

async function use(request: InvestigateRequest, { tool, query }: WantedEvidence): Promise<EvidenceRef[]> {
  switch (TOOLS[tool]!.evidence) {
    case 'search':
      return [(await call(tool, { ...request, query: query ?? '' })) as EvidenceRef];
    case 'reading':
      return [(await call(tool, request)) as EvidenceRef | EvidenceRef[]].flat();
    default: {
      const { incidentId, component, round, policy } = request;
      const check = { incidentId, component, round, ...(policy !== undefined && { policy }) };
      return (await measure(check, [tool as MeasuringTool])).evidence;
    }
  }
}
