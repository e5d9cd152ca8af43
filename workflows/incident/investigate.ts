import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import { searchQueries, strategyOf } from '../../src/domain/strategy.ts';
import { now } from '../clock.ts';
import { add, collect, type Inquiry, type Note, reason } from '../investigate.ts';
import { step } from './escalation.ts';
import type { IncidentRun } from './run.ts';

/** Collects the strategy's evidence, then has it diagnosed. Null: a person skipped the diagnosis. */
export async function investigate(run: IncidentRun): Promise<Diagnosis | null> {
  const { progress, view, context, journal } = run;
  const name = `investigate.${progress.round}`;
  const made = `${name}.diagnosis`;
  if (journal.has(made)) return journal.get<Diagnosis | null>(made)!;

  view.phase = 'investigate';
  view.waiting_for = 'the Investigator collects evidence';
  const alerts = run.alerts.leading;
  progress.consideredTypes = alerts.map((alert) => alert.alert_type);
  const strategy = strategyOf(alerts);
  const inquiry: Inquiry = {
    request: {
      incidentId: context.incidentId,
      component: view.component,
      round: String(progress.round),
      strategy,
      policy: context.policyVersion,
    },
    alerts: alerts.map(({ measurement: _, ...alert }) => alert),
    queries: searchQueries(strategy, alerts),
    measured: context.measured,
  };
  const note: Note = (what, result, extra) => run.note('Investigator', what, result, extra);
  add(view.evidence, (await step(run, `${name}.evidence`, () => collect(inquiry, note))) ?? []);
  return step(run, made, async () => {
    const diagnosis = await reason(inquiry, view.evidence, context.pastActions, note);
    view.diagnosis = diagnosis;
    view.alert_type = strategy;
    view.summary = diagnosis.root_cause;
    view.diagnose_ms ??= now().getTime() - Date.parse(view.opened_at);
    await run.record();
    return diagnosis;
  });
}
