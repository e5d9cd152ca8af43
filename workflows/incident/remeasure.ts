import { ApplicationFailure } from '@temporalio/workflow';
import { entryOf } from '../../src/domain/actions/catalogue.ts';
import { hasRun } from '../../src/domain/actions/record.ts';
import type { Deployed } from '../../src/domain/actions/swap.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import type { MeasuringTool } from '../../src/domain/tools.ts';
import { ALERT_TYPE_OF } from '../../src/domain/triggers/alert.ts';
import { now } from '../clock.ts';
import type { ComponentCheck } from '../contracts/monitor.ts';
import { type Measured, measure } from '../measure.ts';
import { guard } from './escalation.ts';
import { IncidentEnd } from './flow.ts';
import type { IncidentRun } from './run.ts';

/** How long an incident waits for systems that are away before it calls a person. */
const PATIENCE = { every: 15_000, tries: 3 };

/** Measures again before a risky action. False: the trigger has cleared. */
export async function triggerStillFires(run: IncidentRun, reason: string): Promise<boolean> {
  run.progress.resolvedArrived = false;
  const measured = await guard(run, reason, () => remeasure(run, reason));
  return measured === null || !isClear(run, measured.measurements);
}

/** Measures once, when a source says that its alert is over; unmeasured, its word counts. Null: nothing answered. */
export async function hasCleared(run: IncidentRun, reason: string): Promise<boolean | null> {
  if (!run.context.measured) {
    run.progress.resolvedArrived = false;
    return run.alerts.all.every((alert) => alert.status === 'resolved');
  }
  const { component } = run.view;
  const measured = await tryMeasure(run, { component, incidentId: run.context.incidentId, round: reason });
  if (!measured) return null;
  run.progress.resolvedArrived = false;
  return isClear(run, measured.measurements);
}

/** How an incident ends whose trigger has cleared before the next risky action: whether anything was done decides. */
export function clearedByItself(run: IncidentRun): IncidentEnd {
  return riskyActionTaken(run)
    ? new IncidentEnd(
        'inconclusive',
        'the trigger cleared, but what was done is not verified: a person looks again',
      )
    : new IncidentEnd('closed_no_action', 'the trigger cleared by itself before anything risky was done');
}

/** Whether anything risky was done: then a clear trigger alone is no proof of what mended it. */
export function riskyActionTaken({ view }: IncidentRun): boolean {
  return view.actions.some((record) => entryOf(record.action).risky && hasRun(record));
}

/** Measures the component with all tools, patiently, and keeps what they found as evidence. */
export async function remeasure(run: IncidentRun, round: string): Promise<Measured> {
  const { component } = run.view;
  const measured = await measurePatiently(run, {
    component,
    incidentId: run.context.incidentId,
    round,
    policy: run.context.policyVersion,
  });
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
    return await measure({ ...request, policy: run.context.policyVersion }, tools);
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

/** All tools over the rows since a time; with null, over the policy's window. */
export function measureSince(run: IncidentRun, since: string | null): Promise<Measured | null> {
  return tryMeasure(run, { component: run.view.component, ...(since && { since }) });
}

/** Clear means: no trigger fires, and for every kind of symptom there is one with enough data, below its clearing level. */
export function isClear(run: IncidentRun, measurements: Measurement[]): boolean {
  if (measurements.some((m) => m.state === 'firing')) return false;
  const types = new Set(run.alerts.symptoms.map((alert) => alert.alert_type));
  return [...types].every((type) => {
    const about = measurements.filter((m) => ALERT_TYPE_OF[m.rule] === type);
    return about.length > 0 && about.every((m) => m.state === 'clear');
  });
}

export function measuredF1(measurements: Measurement[]): number | null {
  return measurements.find((m) => m.rule === 'accuracy_drop')?.numbers.current_f1 ?? null;
}

/** The measurements in words, without single features. */
export function describe(measurements: Measurement[]): string {
  return measurements
    .filter((m) => m.rule !== 'feature_drift')
    .map((m) => m.text)
    .join('; ');
}
