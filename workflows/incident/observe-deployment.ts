import type { ActionRecord } from '../../src/domain/actions/record.ts';
import type { Deployed } from '../../src/domain/actions/swap.ts';
import { now } from '../clock.ts';
import { beginCheck, endCheck } from './checks.ts';
import { measureDeployed } from './remeasure.ts';
import type { IncidentRun } from './run.ts';

const EVERY = 30_000;

/** How much longer than the watch it waits when nothing answers. */
const GRACE = 10 * 60_000;

type Look = { state: 'well' } | { state: 'unwell'; why: string } | { state: 'no answer' };

/** Observes a version that has just taken the traffic for `policy.watch`. False: it is unwell, another is live, or nothing answered. */
export async function observeDeployment(
  run: IncidentRun,
  record: ActionRecord,
  deployed: Deployed,
): Promise<boolean> {
  const check = beginCheck(
    run,
    record,
    'watch_health',
    `${deployed.to} has taken the traffic and is observed`,
  );
  if (check.state !== 'running') return check.state === 'passed';
  const end = new Date(Date.parse(check.started_at) + run.context.policy.watch);
  run.view.phase = 'verify';
  run.view.waiting_for = `${deployed.to} is watched until ${end.toISOString()}`;
  await run.record();
  let look: Look = { state: 'no answer' };
  // The last look counts: silence is no proof of health.
  while (look.state !== 'unwell' && (now() < end || look.state === 'no answer')) {
    if (now().getTime() >= end.getTime() + GRACE) break;
    const left = Math.max(0, end.getTime() - now().getTime());
    await run.wait(
      () => false,
      new Date(now().getTime() + Math.min(EVERY, left || EVERY)),
      `watch ${deployed.to}`,
    );
    look = await lookAt(run, deployed);
  }
  const healthy = look.state === 'well';
  const details = healthy
    ? `${deployed.to} was healthy at every look`
    : look.state === 'unwell'
      ? look.why
      : 'not watched: nothing answered';
  endCheck(run, check, healthy ? 'passed' : 'failed', details);
  await run.record();
  return healthy;
}

async function lookAt(run: IncidentRun, deployed: Deployed): Promise<Look> {
  const measured = await measureDeployed(run, deployed, ['query_snowflake', 'check_model_health']);
  if (!measured || measured.failures.length > 0 || measured.activeVersion === null)
    return { state: 'no answer' };
  if (measured.activeVersion !== deployed.to) {
    return { state: 'unwell', why: `${measured.activeVersion} is live instead of ${deployed.to}` };
  }
  const slow = measured.measurements.find((m) => m.rule === 'latency' && m.state === 'firing');
  return slow ? { state: 'unwell', why: slow.text } : { state: 'well' };
}
