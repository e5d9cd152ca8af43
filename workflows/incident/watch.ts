import { now } from '../clock.ts';
import type { Deployed } from '../contracts.ts';
import { measureDeployed } from './confirm.ts';
import type { IncidentRun } from './run.ts';

const EVERY = 30_000;

/** How much longer than the watch a version is waited for when nothing answers about it. */
const GRACE = 10 * 60_000;

type Look = { state: 'well' } | { state: 'unwell'; why: string } | { state: 'no answer' };

/** Watches a version that has just taken the traffic for `policy.watch`. False: it is unwell, another is live, or nothing says. */
export async function watch(run: IncidentRun, step: string, deployed: Deployed): Promise<boolean> {
  const { results } = run.progress;
  if (step in results) return results[step] as boolean;
  const from = run.moment(`${step}.from`).getTime();
  const end = new Date(from + run.context.policy.watch);
  run.view.phase = 'verify';
  run.view.waiting_for = `${deployed.to} is watched until ${end.toISOString()}`;
  if (run.first(`${step}.begun`)) run.log('watch_health', 'running', run.view.waiting_for);
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
  results[step] = look.state === 'well';
  if (look.state === 'well') run.log('watch_health', 'completed', `${deployed.to} was healthy at every look`);
  else
    run.log('watch_health', 'failed', look.state === 'unwell' ? look.why : 'not watched: nothing answered');
  await run.record();
  return look.state === 'well';
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
