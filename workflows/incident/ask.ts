import { ActivityFailure } from '@temporalio/workflow';
import type { Approval } from '../../src/domain/incident.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';
import { rootMessage } from '../failure.ts';
import type { ApprovalRequest } from './approval-desk.ts';
import { clearedByItself, hasCleared } from './confirm.ts';
import type { IncidentRun } from './run.ts';
import { NewSymptom } from './turns.ts';

const MEASURE_AGAIN = 30_000;

export type Answer = 'approved' | 'denied' | 'expired';

/**
 * Asks a person and waits: each tier has its time, then the next is paged; the approval stays decidable until it expires,
 * and then nothing runs. While it is open the world may change: a trigger that cleared withdraws it, a new kind of symptom
 * before the first risky action sends the incident back to the Investigator.
 */
export async function ask(
  run: IncidentRun,
  request: ApprovalRequest,
): Promise<{ answer: Answer; approval: Approval }> {
  const answered = `${request.step}.answer`;
  const { results } = run.progress;
  if (answered in results) {
    const decided = run.desk.find(results[answered] as string)!;
    return { answer: decided.status as Answer, approval: decided };
  }

  let approval: Approval;
  do {
    approval = await present(run, request);
    await untilDecided(run, request, approval);
    // Withdrawn by a reset: asked again, under the new run's id.
  } while (approval.status === 'withdrawn');

  const answer = approval.status as Answer;
  results[answered] = approval.approval_id;
  if (answer === 'expired') {
    run.log(
      request.action,
      'skipped',
      `expired: nobody decided ${approval.approval_id} by ${approval.expires_at}`,
    );
  } else if (answer === 'denied') {
    run.log(request.action, 'denied', `by ${approval.decided_by}: ${approval.reason}`);
  } else {
    run.view.status = 'in_progress';
    run.log(request.action, 'running', `approved by ${approval.decided_by}: ${request.title}`);
  }
  run.view.waiting_for = 'the Remediator goes on';
  await run.record();
  return { answer, approval };
}

/** Opens the approval, or takes up the one that a continued run carried, and tells people once. */
async function present(run: IncidentRun, request: ApprovalRequest): Promise<Approval> {
  if (reinvestigates(run)) throw new NewSymptom();
  if (run.noticeReset()) await run.record();
  const { incidentId, publicUrl } = run.context;
  const approval = run.desk.open(request, incidentId, run.epoch, now());
  run.view.phase = 'remediate';
  if (approval.tier_deadline !== null) run.view.status = 'in_progress';
  run.view.waiting_for = waitingFor(approval);
  if (run.first(`announce.${approval.approval_id}`)) {
    const url = `${publicUrl}/api/incidents/${incidentId}`;
    run.log(request.action, 'awaiting_approval', `${approval.approval_id}: ${request.title}`, url);
    await announce(run, approval);
  }
  await run.record();
  return approval;
}

/** Whoever cannot be told now is paged when the tier's time is over; the approval waits in any case. */
async function announce(run: IncidentRun, approval: Approval): Promise<void> {
  const { incidentId } = run.context;
  try {
    await activities.request_human_approval({ incidentId, component: run.view.component, approval });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    run.note('Remediator', 'request_human_approval', `could not be announced: ${rootMessage(error)}`);
  }
}

async function untilDecided(run: IncidentRun, request: ApprovalRequest, approval: Approval): Promise<void> {
  let measureAgain = new Date(0);
  while (approval.status === 'open') {
    const summary = `approval ${approval.approval_id}: ${request.title} (${approval.tier})`;
    const measures = () => run.progress.resolvedArrived && now() >= measureAgain;
    const decided = () => approval.status !== 'open' || measures() || reinvestigates(run);
    const next = nextDeadline(run, approval);
    const deadline = run.progress.resolvedArrived && measureAgain < next ? measureAgain : next;
    await run.wait(decided, deadline, summary);
    if (approval.status !== 'open') return;
    if (measures()) {
      const cleared = await hasCleared(run, `${request.step}.resolved`);
      // Nothing answered: the approval's clock goes on, and the Monitor is asked again soon.
      if (cleared === null) measureAgain = new Date(now().getTime() + MEASURE_AGAIN);
      if (cleared && approval.status === 'open') {
        withdraw(run, approval, 'the trigger cleared by itself');
        throw clearedByItself(run);
      }
    }
    if (approval.status === 'open' && reinvestigates(run)) {
      withdraw(run, approval, 'a new symptom arrived; the diagnosis is made again');
      throw new NewSymptom();
    }
    // A decision may have come while the Monitor measured.
    if (approval.status === 'open') await passTime(run, approval);
  }
}

function withdraw(run: IncidentRun, approval: Approval, reason: string): void {
  run.desk.end(approval, 'withdrawn', reason);
  run.log(approval.action, 'skipped', `withdrawn: ${reason}`);
}

function reinvestigates(run: IncidentRun): boolean {
  return run.hasNewSymptom && !run.progress.riskyActionTaken && run.progress.round < 3;
}

/** Expiry or the tier's end, whichever is next; an acknowledgement holds paging back, never the expiry. */
function nextDeadline(run: IncidentRun, approval: Approval): Date {
  const expires = new Date(approval.expires_at);
  if (approval.tier_deadline === null) return expires;
  const tier = new Date(approval.tier_deadline);
  const held = run.progress.acknowledgedUntil ? new Date(run.progress.acknowledgedUntil) : tier;
  const page = held > tier ? held : tier;
  return page < expires ? page : expires;
}

async function passTime(run: IncidentRun, approval: Approval): Promise<void> {
  if (now() >= new Date(approval.expires_at)) {
    run.desk.end(approval, 'expired', 'nobody decided in time');
    return;
  }
  if (approval.tier_deadline === null || now() < nextDeadline(run, approval)) return;
  const silent = approval.tier;
  if (run.desk.escalate(approval, now())) {
    run.note(
      'AgentOps',
      'escalate',
      `${silent} did not answer ${approval.approval_id}; ${approval.tier} is paged`,
    );
    run.view.waiting_for = waitingFor(approval);
    await run.page(
      approval.approval_id,
      `approval ${approval.approval_id} waits: ${approval.title}`,
      approval.tier,
    );
  } else {
    run.view.status = 'escalated';
    run.view.waiting_for = `${waitingFor(approval)}; every tier was paged`;
    run.note(
      'AgentOps',
      'escalated',
      `no tier answered ${approval.approval_id}; it stays open until ${approval.expires_at}`,
    );
    await run.record();
  }
}

function waitingFor(approval: Approval): string {
  return `${approval.tier} decides approval ${approval.approval_id}: ${approval.title}`;
}
