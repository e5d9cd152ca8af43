import { ActivityFailure } from '@temporalio/workflow';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { EvidenceRef } from '../../src/domain/evidence.ts';
import { searchQueries, strategyOf } from '../../src/reasoning/strategy.ts';
import { activities } from '../activities.ts';
import type { InvestigateRequest } from '../contracts.ts';
import { type IncidentRun, now, rootMessage } from './run.ts';

/**
 * Collects the strategy's evidence in parallel, then has it diagnosed. A source that does not answer is noted as not found
 * and does not stop the others.
 */
export async function investigate(run: IncidentRun): Promise<Diagnosis | null> {
  const { progress, view, context } = run;
  const step = `investigate.${progress.round}`;
  const made = `${step}.diagnosis`;
  if (made in progress.results) return progress.results[made] as Diagnosis | null;

  view.phase = 'investigate';
  view.waiting_for = 'the Investigator collects evidence';
  const { alerts } = run;
  progress.consideredTypes = alerts.map((alert) => alert.alert_type);
  const strategy = strategyOf(alerts);
  const request: InvestigateRequest = {
    incidentId: context.incidentId,
    component: view.component,
    round: String(progress.round),
    strategy,
    // Their measurements are evidence already, and would enter history with every tool.
    alerts: alerts.map(({ measurement: _, ...alert }) => alert),
  };
  const evidence = await run.step(`${step}.evidence`, () =>
    collect(run, request, searchQueries(strategy, alerts)),
  );
  for (const item of evidence ?? []) {
    if (!view.evidence.some((known) => known.id === item.id)) view.evidence.push(item);
  }
  return run.step(made, async () => {
    const started = now().getTime();
    const diagnosis = await activities.diagnose({
      ...request,
      evidence: view.evidence,
      pastOutcomes: context.pastOutcomes,
    });
    view.diagnosis = diagnosis;
    view.alert_type = request.strategy;
    view.summary = diagnosis.root_cause;
    view.diagnose_ms ??= now().getTime() - Date.parse(view.opened_at);
    const { verdict, category, root_cause, diagnosed_by } = diagnosis;
    run.note('Investigator', 'diagnose', `${verdict} ${category}: ${root_cause}`, {
      by: diagnosed_by,
      ms: now().getTime() - started,
    });
    await run.record();
    return diagnosis;
  });
}

/** Every tool of the strategy in parallel. */
async function collect(
  run: IncidentRun,
  request: InvestigateRequest,
  queries: ReturnType<typeof searchQueries>,
): Promise<EvidenceRef[]> {
  const asked: [string, Promise<EvidenceRef | EvidenceRef[]>][] = [
    ['search_runbooks', activities.search_runbooks({ ...request, query: queries.runbooks })],
    ['search_incidents', activities.search_incidents({ ...request, query: queries.incidents })],
  ];
  if (run.context.measured) {
    asked.push(['query_snowflake_history', activities.query_snowflake_history(request)]);
    asked.push(['compare_model_versions', activities.compare_model_versions(request)]);
  }
  const found = await Promise.all(asked.map(([tool, answer]) => collected(run, tool, answer)));
  return found.flat();
}

async function collected(
  run: IncidentRun,
  tool: string,
  answer: Promise<EvidenceRef | EvidenceRef[]>,
): Promise<EvidenceRef[]> {
  const started = now().getTime();
  try {
    const items = [await answer].flat();
    const ms = now().getTime() - started;
    for (const item of items) run.note('Investigator', item.tool, item.summary, { ms });
    return items;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    run.note('Investigator', tool, `no answer: ${rootMessage(error)}`);
    return [];
  }
}
