import type { ActionRecord } from '../../src/domain/actions/record.ts';
import type { Deployed } from '../../src/domain/actions/swap.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import { now } from '../clock.ts';
import { beginCheck, endCheck } from './checks.ts';
import { IncidentEnd } from './flow.ts';
import { measureDeployed, measuredF1 } from './remeasure.ts';
import type { IncidentRun } from './run.ts';

export type Verification = 'verified' | 'not_helped' | 'inconclusive';

interface Criterion {
  deployed: Deployed;
  /** The gate's F1: the version is worse when even its upper bound is below. Null: the accuracy rule's own limit. */
  limitF1: number | null;
}

/**
 * Verified means both, over rows that the version scored since it took the traffic (design §1): PSI is clear against its own
 * training reference, and labelled F1 is not below the gate by its confidence bound, on enough positives. Waits for rows and
 * labels, up to the policy's limit.
 */
export async function verify(
  run: IncidentRun,
  record: ActionRecord,
  { deployed, limitF1 }: Criterion,
): Promise<Verification> {
  const { every, give_up_after, min_positives } = run.context.policy.verify;
  const waiting = `labels for ${min_positives} positives that ${deployed.to} scored`;
  const check = beginCheck(run, record, 'verify', waiting);
  // A finished check begins with its verdict.
  if (check.state !== 'running') return check.details.split(':')[0] as Verification;
  const limit = new Date(Date.parse(check.started_at) + give_up_after);
  run.view.phase = 'verify';
  run.view.waiting_for = waiting;
  await run.record();
  for (;;) {
    const measured = await measureDeployed(run, deployed, ['check_drift', 'query_snowflake']);
    if (measured?.activeVersion && measured.activeVersion !== deployed.to) {
      throw new IncidentEnd(
        'escalated',
        `${measured.activeVersion} is live instead of ${deployed.to}: a person takes over`,
      );
    }
    const measurements = measured?.measurements ?? [];
    const verdict = judge(measurements, limitF1, min_positives);
    if (verdict !== 'wait' || now() >= limit) {
      const final = verdict === 'wait' ? 'inconclusive' : verdict;
      run.view.f1_after = measuredF1(measurements);
      const texts = measurements
        .filter((m) => m.rule === 'model_drift' || m.rule === 'accuracy_drop')
        .map((m) => m.text);
      endCheck(run, check, final === 'verified' ? 'passed' : 'failed', `${final}: ${texts.join('; ')}`);
      await run.record();
      return final;
    }
    const elapsed = now().getTime() - Date.parse(deployed.at);
    const next = now().getTime() + nextLook(measurements, min_positives, elapsed, every);
    const summary = `verify ${deployed.to}: ${run.view.waiting_for}`;
    await run.wait(() => false, new Date(Math.min(next, limit.getTime())), summary);
  }
}

const LONGEST_WAIT = 60_000;

/** Milliseconds until enough positives should be there, at the rate of those so far: looking more often would only fill the history. */
export function nextLook(
  measurements: Measurement[],
  wanted: number,
  elapsedMs: number,
  every: number,
): number {
  const positives = measurements.find((m) => m.rule === 'accuracy_drop')?.samples.positives ?? 0;
  if (positives === 0) return every;
  const left = ((wanted - positives) / positives) * elapsedMs;
  return Math.min(LONGEST_WAIT, Math.max(every, left));
}

/** The verdict of the numbers so far; pure. Drift that fires needs no labels to prove that it did not help. */
export function judge(
  measurements: Measurement[],
  limitF1: number | null,
  minPositives: number,
): Verification | 'wait' {
  const drift = measurements.find((m) => m.rule === 'model_drift');
  const accuracy = measurements.find((m) => m.rule === 'accuracy_drop');
  if (drift?.state === 'firing') return 'not_helped';
  if (drift?.state !== 'clear' || (accuracy?.samples.positives ?? 0) < minPositives) return 'wait';
  const upper = accuracy?.numbers.f1_upper;
  const limit = limitF1 ?? accuracy?.numbers.limit_f1;
  if (upper === undefined || limit === undefined) return 'wait';
  return upper >= limit ? 'verified' : 'not_helped';
}
