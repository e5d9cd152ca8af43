import type { Measurement } from '../../src/domain/measurement.ts';
import type { Deployed } from '../contracts.ts';
import { measuredF1, tryMeasure } from './confirm.ts';
import { type IncidentRun, now } from './run.ts';

export type Verdict = 'verified' | 'not_helped' | 'inconclusive';

interface Question {
  step: string;
  deployed: Deployed;
  /** The gate's F1: the version is worse when even its upper bound is below. */
  limitF1: number;
}

/**
 * Verified means both, over rows that the version scored since it took the traffic (design §1): PSI is clear against its own
 * training reference, and labelled F1 is not below the gate by its confidence bound, on enough positives. Waits for rows and
 * labels, up to the policy's limit.
 */
export async function verify(run: IncidentRun, { step, deployed, limitF1 }: Question): Promise<Verdict> {
  const { results } = run.progress;
  if (step in results) return results[step] as Verdict;
  const { every, give_up_after, min_positives } = run.context.policy.verify;
  run.view.phase = 'verify';
  run.view.waiting_for = `labels for ${min_positives} positives that ${deployed.to} scored`;
  run.log('verify', 'running', run.view.waiting_for);
  await run.record();
  const limit = new Date(run.moment(`${step}.from`).getTime() + give_up_after);
  for (;;) {
    const { component } = run.view;
    const measured = await tryMeasure(run, { component, version: deployed.to, since: deployed.at }, [
      'check_drift',
      'query_snowflake',
    ]);
    const measurements = measured?.measurements ?? [];
    const verdict = judge(measurements, limitF1, min_positives);
    if (verdict !== 'wait' || now() >= limit) {
      const final = verdict === 'wait' ? 'inconclusive' : verdict;
      results[step] = final;
      run.view.f1_after = measuredF1(measurements);
      const said = measurements
        .filter((m) => m.rule === 'model_drift' || m.rule === 'accuracy_drop')
        .map((m) => m.text);
      run.log('verify', final === 'verified' ? 'completed' : 'failed', `${final}: ${said.join('; ')}`);
      await run.record();
      return final;
    }
    await run.wait(
      () => false,
      new Date(now().getTime() + every),
      `verify ${deployed.to}: ${run.view.waiting_for}`,
    );
  }
}

const LONGEST_WAIT = 60_000;

/** When enough positives should be there at the rate of those so far: looking more often would only fill the history. */
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

/** Pure: what the numbers say so far. */
export function judge(measurements: Measurement[], limitF1: number, minPositives: number): Verdict | 'wait' {
  const drift = measurements.find((m) => m.rule === 'model_drift');
  const accuracy = measurements.find((m) => m.rule === 'accuracy_drop');
  const positives = accuracy?.samples.positives ?? 0;
  if (!drift || !accuracy || drift.state === 'unmeasured') return 'wait';
  if (drift.state === 'insufficient' || drift.state === 'holding') return 'wait';
  if (positives < minPositives) return 'wait';
  const upper = accuracy.numbers.f1_upper;
  if (upper === undefined) return 'wait';
  return drift.state === 'clear' && upper >= limitF1 ? 'verified' : 'not_helped';
}
