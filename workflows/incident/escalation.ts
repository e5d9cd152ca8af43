import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { sideEffectKey } from '../../src/domain/keys.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';
import { rootMessage } from '../failure.ts';
import { IncidentEnd } from './flow.ts';
import type { IncidentRun } from './run.ts';

/** Runs a step of the story once: a continued run takes its result from the journal. Null: a person skipped it. */
export async function step<T>(run: IncidentRun, name: string, work: () => Promise<T>): Promise<T | null> {
  const { journal } = run;
  if (!journal.has(name)) journal.set(name, await guard(run, name, work));
  return journal.get<T | null>(name)!;
}

/**
 * Work that escalates to a person when it fails for good: they continue it (a new attempt), skip it (null) or close the
 * incident.
 */
export async function guard<T>(run: IncidentRun, name: string, work: () => Promise<T>): Promise<T | null> {
  const { journal } = run;
  for (;;) {
    run.obeyClosing();
    // Kept, so that a continued run goes on waiting for the person instead of trying again by itself.
    const failed = `${name}.failed.${journal.attempt(name)}`;
    try {
      if (!journal.has(failed)) return await work();
    } catch (error) {
      journal.set(failed, failureIn(error));
    }
    const command = await escalate(run, name, `${name} failed: ${journal.get<string>(failed)}`);
    journal.tryAgain(name);
    if (command === 'skip') return null;
  }
}

/** The message of an activity's failure. Throws everything else on: cancellation and the ends of the story. */
export function failureIn(error: unknown): string {
  const expected = error instanceof ActivityFailure || error instanceof ApplicationFailure;
  if (!expected || isCancellation(error)) throw error;
  return rootMessage(error);
}

/**
 * Hands a step to a person and waits for `continue` or `skip`.
 * @throws IncidentEnd `escalated` when nobody does within the policy's `expires_after`
 */
export async function escalate(
  run: IncidentRun,
  name: string,
  problem: string,
): Promise<'continue' | 'skip'> {
  const { view, journal, commands } = run;
  const attempt = journal.attempt(name);
  const before = { status: view.status, waiting: view.waiting_for };
  const ask = async () => {
    let epoch: string;
    do {
      epoch = run.epoch;
      view.step_id = `${name}.${attempt}.${epoch.slice(0, 8)}`;
      commands.expect(view.step_id);
      await run.record();
      // A reset may be learned by recording.
    } while (epoch !== run.epoch);
  };
  view.status = 'escalated';
  view.error = problem;
  view.waiting_for = `a person: ${problem}`;
  run.note('AgentOps', 'escalated', problem);
  await ask();
  const { tiers, expires_after } = run.context.policy.approvals;
  await page(run, view.step_id!, problem, tiers[0]!.name);
  const limit = new Date(journal.startedAt(`${name}.${attempt}.escalated`).getTime() + expires_after);
  await run.wait(() => commands.command !== null, limit, `a person decides: ${problem}`, ask);
  const command = commands.take();
  if (!command)
    throw new IncidentEnd('escalated', `${problem}; nobody continued, skipped or closed it in time`);
  view.status = before.status === 'escalated' ? 'in_progress' : before.status;
  view.waiting_for = before.waiting;
  view.error = null;
  view.step_id = null;
  return command;
}

/** Pages a tier, once for each request; a paging channel that is down must not stop the incident. */
export async function page(run: IncidentRun, request: string, why: string, tier: string): Promise<void> {
  if (!run.journal.firstTime(`page.${request}.${tier}`)) return;
  const { incidentId } = run.context;
  try {
    const sent = await activities.page_on_call({
      incidentId,
      key: sideEffectKey(incidentId, `page.${request}`, 1, [tier]),
      params: {
        target: tier,
        title: `${incidentId} ${run.view.component}: ${why}`.slice(0, 200),
        body: `${run.view.summary}\n\n${run.url}`,
      },
    });
    run.log('page_on_call', sent.status === 'sent' ? 'completed' : 'recorded', `${tier} paged: ${why}`);
  } catch (error) {
    run.log('page_on_call', 'failed', `${tier} could not be paged: ${failureIn(error)}`);
  }
  await run.record();
}

/** A time at which to look again, at most `limit`. */
export function soon(ms: number, limit: Date): Date {
  return new Date(Math.min(now().getTime() + ms, limit.getTime()));
}
