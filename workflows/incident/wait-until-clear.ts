import type { ActionRecord } from '../../src/domain/actions/record.ts';
import { now } from '../clock.ts';
import { beginCheck, endCheck } from './checks.ts';
import { soon } from './escalation.ts';
import { describe, isClear, measureSince } from './remeasure.ts';
import type { IncidentRun } from './run.ts';

const LONGEST_PAUSE = 5 * 60_000;

/**
 * Whether the trigger clears after a repair that put no new version in place: every kind of symptom measured and clear, over
 * rows since the repair or, with null, over the policy's window. Waits up to policy `verify.give_up_after`.
 */
export async function waitUntilClear(
  run: IncidentRun,
  record: ActionRecord,
  { repair, since }: { repair: string; since: string | null },
): Promise<boolean> {
  const check = beginCheck(run, record, 'verify', `the trigger to clear after ${repair}`);
  if (check.state !== 'running') return check.state === 'passed';
  const { every, give_up_after } = run.context.policy.verify;
  const limit = new Date(Date.parse(check.started_at) + give_up_after);
  run.view.phase = 'verify';
  run.view.waiting_for = check.details;
  await run.record();
  // Longer and longer pauses: looking more often would only fill the history.
  for (let pause = every; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const measured = await measureSince(run, since);
    const clear = measured !== null && isClear(run, measured.measurements);
    if (clear || now() >= limit) {
      const text = measured ? describe(measured.measurements) : 'nothing answered';
      endCheck(run, check, clear ? 'passed' : 'failed', `${clear ? 'clear' : 'not clear'}: ${text}`);
      await run.record();
      return clear;
    }
    await run.wait(() => false, soon(pause, limit), `verify: ${run.view.waiting_for}`);
  }
}
