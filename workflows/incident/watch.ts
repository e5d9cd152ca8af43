import type { Deployed } from '../contracts.ts';
import { tryMeasure } from './confirm.ts';
import { type IncidentRun, now } from './run.ts';

const EVERY = 30_000;

/** Watches a version that has just taken the traffic for `policy.watch`. False: it is unwell, or another is live. */
export async function watch(run: IncidentRun, step: string, deployed: Deployed): Promise<boolean> {
  const { results } = run.progress;
  const { watch: period } = run.context.policy;
  if (step in results) return results[step] as boolean;
  run.view.phase = 'verify';
  const end = new Date(run.moment(`${step}.from`).getTime() + period);
  run.view.waiting_for = `${deployed.to} is watched until ${end.toISOString()}`;
  run.log('watch_health', 'running', run.view.waiting_for);
  await run.record();
  let problem: string | null = null;
  while (problem === null && now() < end) {
    const next = new Date(Math.min(end.getTime(), now().getTime() + EVERY));
    await run.wait(() => false, next, `watch ${deployed.to}`);
    problem = await unwell(run, deployed);
  }
  results[step] = problem === null;
  run.log(
    'watch_health',
    problem ? 'failed' : 'completed',
    problem ?? `${deployed.to} was healthy throughout`,
  );
  await run.record();
  return problem === null;
}

async function unwell(run: IncidentRun, deployed: Deployed): Promise<string | null> {
  const { component } = run.view;
  const measured = await tryMeasure(run, { component, version: deployed.to, since: deployed.at }, [
    'query_snowflake',
    'check_model_health',
  ]);
  if (!measured) return null;
  if (measured.activeVersion !== null && measured.activeVersion !== deployed.to) {
    return `${measured.activeVersion} is live instead of ${deployed.to}`;
  }
  const slow = measured.measurements.find((m) => m.rule === 'latency' && m.state === 'firing');
  return slow ? slow.text : null;
}
