import { ApplicationFailure } from '@temporalio/workflow';
import type { Measurement } from '../../src/domain/measurement.ts';
import { ALERT_TYPE_OF } from '../../src/domain/triggers/alert.ts';
import type { CheckRequest } from '../contracts.ts';
import { type Measured, type MeasuringTool, measure } from '../measure.ts';
import { type IncidentRun, now } from './run.ts';
import { Ended } from './turns.ts';

/** How long an incident waits for systems that are away before it calls a person. */
const PATIENCE = { every: 15_000, tries: 12 };

/** The Monitor measures before anyone acts, foreign alerts too. Healthy by its own numbers: closed, nothing is done. */
export async function confirm(run: IncidentRun): Promise<void> {
  run.view.phase = 'monitor';
  if (!run.context.measured) {
    run.note('Monitor', 'measure', 'nobody measures this component; its alerts are taken at their word');
    return;
  }
  const measured = await run.step('confirm', () => remeasure(run, 'opening'));
  if (!measured) return;
  run.view.f1_before ??= measuredF1(measured.measurements);
  if (isClear(run, measured.measurements)) {
    throw new Ended('closed_no_action', `measured again and healthy: ${sayAll(measured.measurements)}`);
  }
}

/** Measures again before a risky action, or when a source says its alert is over. False: the trigger has cleared. */
export async function stillNeeded(run: IncidentRun, reason: string): Promise<boolean> {
  run.resolvedArrived = false;
  if (!run.context.measured) return run.progress.alerts.some((alert) => alert.status === 'firing');
  const measured = await run.guard(reason, () => remeasure(run, reason));
  return measured === null || !isClear(run, measured.measurements);
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

async function measurePatiently(run: IncidentRun, request: CheckRequest): Promise<Measured> {
  for (let tries = 1; ; tries++) {
    try {
      return await measure(request);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || tries >= PATIENCE.tries) throw error;
      run.note('Monitor', 'measure', `no answer yet: ${error.message}`);
      const next = new Date(now().getTime() + PATIENCE.every);
      await run.wait(() => false, next, 'the warehouse and the platform do not answer');
    }
  }
}

/** Null when nothing answers now; whoever watches asks again at the next tick. */
export async function tryMeasure(
  run: IncidentRun,
  request: CheckRequest,
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

/** Clear means: no rule fires, and every rule behind a symptom has enough data and lies below its clearing level. */
function isClear(run: IncidentRun, measurements: Measurement[]): boolean {
  if (measurements.some((m) => m.state === 'firing')) return false;
  const types = new Set(run.view.symptoms.map((symptom) => symptom.alert_type));
  const about = measurements.filter((m) => types.has(ALERT_TYPE_OF[m.rule]));
  return about.length > 0 && about.every((m) => m.state === 'clear');
}

export function measuredF1(measurements: Measurement[]): number | null {
  return measurements.find((m) => m.rule === 'accuracy_drop')?.numbers.current_f1 ?? null;
}

export function sayAll(measurements: Measurement[]): string {
  return measurements
    .filter((m) => m.rule !== 'feature_drift')
    .map((m) => m.text)
    .join('; ');
}
