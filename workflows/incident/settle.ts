import { now } from '../clock.ts';
import { isClear, measureSince, sayAll } from './confirm.ts';
import type { IncidentRun } from './run.ts';

const LONGEST_PAUSE = 5 * 60_000;

/**
 * Whether the trigger clears after a repair that put no new version in place: every kind of symptom measured and clear, over
 * rows since the repair or, with null, over the policy's window. Waits up to policy `verify.give_up_after`.
 */
export async function settles(
  run: IncidentRun,
  step: string,
  { repair, since }: { repair: string; since: string | null },
): Promise<boolean> {
  const { results } = run.progress;
  if (step in results) return results[step] as boolean;
  const { every, give_up_after } = run.context.policy.verify;
  const limit = new Date(run.moment(`${step}.from`).getTime() + give_up_after);
  run.view.phase = 'verify';
  run.view.waiting_for = `the trigger to clear after ${repair}`;
  if (run.first(`${step}.begun`)) run.log('verify', 'running', run.view.waiting_for);
  await run.record();
  // Longer and longer pauses: looking more often would only fill the history.
  for (let pause = every; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const measured = await measureSince(run, since);
    const clear = measured !== null && isClear(run, measured.measurements);
    if (clear || now() >= limit) {
      const said = measured ? sayAll(measured.measurements) : 'nothing answered';
      results[step] = clear;
      run.log('verify', clear ? 'completed' : 'failed', `${clear ? 'clear' : 'not clear'}: ${said}`);
      await run.record();
      return clear;
    }
    const next = new Date(Math.min(now().getTime() + pause, limit.getTime()));
    await run.wait(() => false, next, `verify: ${run.view.waiting_for}`);
  }
}
