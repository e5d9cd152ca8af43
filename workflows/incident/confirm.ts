import { ApplicationFailure } from '@temporalio/workflow';
import type { Measurement } from '../../src/domain/measurement.ts';
import { ALERT_TYPE_OF } from '../../src/domain/triggers/alert.ts';
import { now } from '../clock.ts';
import type { ComponentCheck, Deployed, MeasuringTool } from '../contracts.ts';
import { type Measured, measure } from '../measure.ts';
import { untilSeeing } from './blind.ts';
import type { IncidentRun } from './run.ts';
import { Ended } from './turns.ts';

/** How long an incident waits for systems that are away before it calls a person. */
const PATIENCE = { every: 15_000, tries: 3 };

/** The Monitor measures before anyone acts, foreign alerts too. Healthy by its own numbers: closed, nothing is done. */
export async function confirm(run: IncidentRun): Promise<void> {
  run.view.phase = 'monitor';
  if (!run.context.measured) {
    run.note('Monitor', 'measure', 'nobody measures this component; its alerts are taken at their word');
    return;
  }
  if (run.isBlind) await untilSeeing(run);
  const found = await run.step('confirm', async () => {
    const { measurements } = await remeasure(run, 'opening');
    return { f1: measuredF1(measurements), clear: isClear(run, measurements), said: sayAll(measurements) };
  });
  if (!found) return;
  run.view.f1_before ??= found.f1;
  if (found.clear) throw new Ended('closed_no_action', `measured again and healthy: ${found.said}`);
}

/** Measures again before a risky action. False: the trigger has cleared. */
export async function stillNeeded(run: IncidentRun, reason: string): Promise<boolean> {
  run.progress.resolvedArrived = false;
  const measured = await run.guard(reason, () => remeasure(run, reason));
  return measured === null || !isClear(run, measured.measurements);
}

/** Measures once, when a source says that its alert is over; unmeasured, its word counts. Null: nothing answered. */
export async function hasCleared(run: IncidentRun, reason: string): Promise<boolean | null> {
  if (!run.context.measured) {
    run.progress.resolvedArrived = false;
    return run.progress.alerts.every((alert) => alert.status === 'resolved');
  }
  const { component } = run.view;
  const measured = await tryMeasure(run, { component, incidentId: run.context.incidentId, round: reason });
  if (!measured) return null;
  run.progress.resolvedArrived = false;
  return isClear(run, measured.measurements);
}

/** How an incident ends whose trigger has cleared before the next risky action: whether anything was done decides. */
export function clearedByItself(run: IncidentRun): Ended {
  return run.progress.riskyActionTaken
    ? new Ended(
        'inconclusive',
        'the trigger cleared, but what was done is not verified: a person looks again',
      )
    : new Ended('closed_no_action', 'the trigger cleared by itself before anything risky was done');
}

async function remeasure(run: IncidentRun, round: string): Promise<Measured> {
  const { component } = run.view;
  const measured = await measurePatiently(run, { component, incidentId: run.context.incidentId, round });
  for (const item of measured.evidence) {
    if (!run.view.evidence.some((known) => known.id === item.id)) run.view.evidence.push(item);
    run.note('Monitor', item.tool, item.summary);
  }
  for (const failure of measured.failures) run.note('Monitor', failure.tool, `no answer: ${failure.message}`);
  await run.record();
  return measured;
}

async function measurePatiently(run: IncidentRun, request: ComponentCheck): Promise<Measured> {
  for (let tries = 1; ; tries++) {
    try {
      return await measure(request);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || tries >= PATIENCE.tries) throw error;
      // Asking again does not make a component or model known.
      if (error.type?.startsWith('Unknown')) throw error;
      run.note('Monitor', 'measure', `no answer yet: ${error.message}`);
      const next = new Date(now().getTime() + PATIENCE.every);
      await run.wait(() => false, next, 'the warehouse and the platform do not answer');
    }
  }
}

/** Null when nothing answers now; whoever watches asks again at the next tick. */
async function tryMeasure(
  run: IncidentRun,
  request: ComponentCheck,
  tools?: readonly MeasuringTool[],
): Promise<Measured | null> {
  try {
    return await measure(request, tools);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    run.note('Monitor', 'measure', `no answer: ${error.message}`);
    return null;
  }
}

/** The rows that a version has scored since it took the traffic, judged against its own training reference. */
export function measureDeployed(
  run: IncidentRun,
  deployed: Deployed,
  tools: readonly MeasuringTool[],
): Promise<Measured | null> {
  return tryMeasure(run, { component: run.view.component, version: deployed.to, since: deployed.at }, tools);
}

/** What all tools say of the rows since a time; with null, of the policy's window. */
export function measureSince(run: IncidentRun, since: string | null): Promise<Measured | null> {
  return tryMeasure(run, { component: run.view.component, ...(since && { since }) });
}

/** Clear means: no rule fires, and for every kind of symptom there is a rule with enough data, below its clearing level. */
export function isClear(run: IncidentRun, measurements: Measurement[]): boolean {
  if (measurements.some((m) => m.state === 'firing')) return false;
  const types = new Set(run.symptomAlerts.map((alert) => alert.alert_type));
  return [...types].every((type) => {
    const about = measurements.filter((m) => ALERT_TYPE_OF[m.rule] === type);
    return about.length > 0 && about.every((m) => m.state === 'clear');
  });
}

export function measuredF1(measurements: Measurement[]): number | null {
  return measurements.find((m) => m.rule === 'accuracy_drop')?.numbers.current_f1 ?? null;
}

/** What the rules say, but for single features. */
export function sayAll(measurements: Measurement[]): string {
  return measurements
    .filter((m) => m.rule !== 'feature_drift')
    .map((m) => m.text)
    .join('; ');
}
