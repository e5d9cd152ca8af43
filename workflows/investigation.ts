import { ApplicationFailure, CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import { type Alert, type AlertType, fingerprintOf } from '../src/domain/alert.ts';
import type { EvidenceRef } from '../src/domain/evidence.ts';
import type { InvestigationStatus } from '../src/domain/investigation.ts';
import type { Measurement } from '../src/domain/measurement.ts';
import { strategyOfQuestion } from '../src/domain/question.ts';
import { searchQueries, strategyOf } from '../src/domain/strategy.ts';
import { headlinesOf, toAlertInput } from '../src/domain/triggers/alert.ts';
import { activities } from './activities.ts';
import { now } from './clock.ts';
import type { InvestigateRequest } from './contracts/investigate.ts';
import { rootMessage } from './failure.ts';
import { add, collect, gather, type Note, noteCalls, reason } from './investigate.ts';
import { Journal } from './investigation/journal.ts';
import { type InvestigationInput, openingView } from './investigation/opening.ts';
import { type Measured, measure } from './measure.ts';

/** What a question asks for that names nothing we have a strategy for, while nothing fires. */
const USUAL: AlertType = 'model_drift';
/** Longer questions are cut for the search: what they are about stands in their beginning. */
const QUERY_CHARACTERS = 500;

export interface InvestigationResult {
  investigation_id: string;
  status: InvestigationStatus;
}

/**
 * One person's question: measure, collect, reason and answer with the tools of an incident, and change nothing. The store
 * has its progress and its answer as they come.
 */
export async function investigation(input: InvestigationInput): Promise<InvestigationResult> {
  const { workflowId, runId } = workflowInfo();
  const journal = new Journal(openingView(input, workflowId, runId));
  try {
    await answer(input, journal);
  } catch (error) {
    const [status, how] = isCancellation(error)
      ? (['cancelled', 'cancelled before it was answered'] as const)
      : (['failed', rootMessage(error as Error)] as const);
    await CancellationScope.nonCancellable(() => journal.end(status, how));
    throw error;
  }
  return { investigation_id: input.investigationId, status: journal.view.status };
}

async function answer(input: InvestigationInput, journal: Journal): Promise<void> {
  const { investigationId: id, component, question } = input;
  const { view } = journal;
  // Cancelled at once, it still has a row to say so in.
  const { incidentId, pastActions, publicUrl } = await CancellationScope.nonCancellable(() =>
    activities.open_investigation(view),
  );
  journal.link = `${publicUrl}/api/investigations/${id}`;
  view.status = 'running';
  view.incident_id = incidentId;
  journal.now('the Monitor measures, the Investigator searches');
  journal.note('AgentOps', 'open', `${id} asks about ${component}`);

  const note: Note = (what, result, extra) => journal.note('Investigator', what, result, extra);
  const worded = strategyOfQuestion(question);
  const request: InvestigateRequest = {
    incidentId: id,
    component,
    round: 'question',
    strategy: worded ?? USUAL,
  };
  const query = question.slice(0, QUERY_CHARACTERS);
  const searches = [
    { tool: 'search_runbooks', query },
    { tool: 'search_incidents', query },
  ] as const;
  const [asked, measured] = await Promise.all([
    gather(request, searches, note),
    measureNow(request, journal),
  ]);
  const evidence: EvidenceRef[] = [];
  add(evidence, asked);
  add(evidence, measured.evidence);

  const firing = measured.measurements.filter(({ state }) => state === 'firing');
  const alerts =
    firing.length > 0 ? firing.map((m) => alertOf(m, measured, input)) : [asAlert(input, worded)];
  const strategy = alerts.find(({ alert_type }) => alert_type === worded)?.alert_type ?? strategyOf(alerts);
  view.strategy = strategy;
  journal.now('the Investigator collects evidence');
  const inquiry = {
    request: { ...request, round: '1', strategy },
    alerts: alerts.map(({ measurement: _, ...alert }) => alert),
    queries: searchQueries(strategy, alerts),
    measured: measured.evidence.length > 0,
  };
  add(evidence, await collect(inquiry, note));
  if (evidence.length === 0) {
    throw ApplicationFailure.nonRetryable(
      'no tool answered, so there is nothing to answer from',
      'NothingFound',
    );
  }
  view.diagnosis = await reason(inquiry, evidence, pastActions, note);
  journal.now('the answer is written');
  await journal.write();
  const { by, cited, calls } = await activities.answer_question({
    investigationId: id,
    asked: asked.map((item) => item.id),
  });
  noteCalls(calls, note);
  await journal.end('answered', `answered by ${by}, citing ${cited} items of evidence`);
}

/** All that the Monitor can measure; nothing at all is an answer too: then the knowledge base alone is asked. */
async function measureNow({ incidentId, component, round }: InvestigateRequest, journal: Journal) {
  const started = now().getTime();
  let measured: Measured;
  try {
    measured = await measure({ incidentId, component, round });
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    journal.note('Monitor', 'measure', `no answer: ${error.message}`);
    return {
      measurements: [],
      headlines: {},
      evidence: [],
      activeVersion: null,
      failures: [],
    } satisfies Measured;
  }
  const ms = now().getTime() - started;
  for (const { tool, summary } of measured.evidence) journal.note('Monitor', tool, summary, { ms });
  for (const { tool, message } of measured.failures) journal.note('Monitor', tool, `no answer: ${message}`);
  return measured;
}

/** The alert that a measurement would raise. It is raised by the poll alone; here it is what the diagnosis starts from. */
function alertOf(measurement: Measurement, measured: Measured, input: InvestigationInput): Alert {
  const { component, investigationId } = input;
  const raised = toAlertInput(measurement, component, measured.activeVersion, now(), {
    since: measurement.window.from,
    headlines: headlinesOf(measured.measurements),
  });
  return {
    ...raised,
    alert_id: investigationId,
    fingerprint: fingerprintOf(raised, measurement.subject),
    summary: raised.summary ?? measurement.text,
    labels: raised.labels ?? {},
    starts_at: measurement.window.from,
    status: 'firing',
    measurement,
  };
}

/** Nothing fires: the question itself is what the diagnosis starts from. */
function asAlert(
  { investigationId, component, question, askedBy, askedAt }: InvestigationInput,
  worded: AlertType | null,
): Alert {
  const alert_type = worded ?? USUAL;
  return {
    alert_id: investigationId,
    severity: 'info',
    alert_type,
    affected_component: component,
    metrics: {},
    timestamp: askedAt,
    status: 'firing',
    fingerprint: fingerprintOf({ alert_type, affected_component: component }),
    source: askedBy,
    source_key: investigationId,
    summary: question.slice(0, 500),
    labels: {},
    starts_at: askedAt,
  };
}
