import type { Approval } from '../../src/domain/incident.ts';
import { activities } from '../activities.ts';
import type { ApprovalRequest } from './approval-desk.ts';
import { stillNeeded } from './confirm.ts';
import { type IncidentRun, now } from './run.ts';
import { Ended, NewSymptom } from './turns.ts';

export type Answer = 'approved' | 'denied' | 'expired';

/**
 * Asks a person and waits: each tier has its time, then the next is paged; the approval stays decidable until it expires,
 * and then nothing runs. While it is open the world may change: a trigger that cleared withdraws it, a new kind of symptom
 * before the first risky action sends the incident back to the Investigator.
 */
export async function ask(run: IncidentRun, request: ApprovalRequest): Promise<Answer> {
  const answered = `${request.step}.answer`;
  const { results } = run.progress;
  if (answered in results) return results[answered] as Answer;

  let approval: Approval;
  do {
    approval = await present(run, request);
    await untilDecided(run, request, approval);
    // Withdrawn by a reset: asked again, under the new run's id.
  } while (approval.status === 'withdrawn');

  const answer = approval.status as Answer;
  results[answered] = answer;
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
  return answer;
}

/** Opens the approval, or takes up the one that a continued run carried, and tells people once. */
async function present(run: IncidentRun, request: ApprovalRequest): Promise<Approval> {
  if (run.noticeReset()) await run.record();
  const { incidentId, publicUrl } = run.context;
  const approval = run.desk.open(request, incidentId, run.epoch, now());
  run.view.waiting_for = waitingFor(approval);
  const announced = `${request.step}.announced`;
  if (run.progress.results[announced] !== approval.approval_id) {
    const url = `${publicUrl}/api/incidents/${incidentId}`;
    run.log(request.action, 'awaiting_approval', `${approval.approval_id}: ${request.title}`, url);
    await activities.request_human_approval({ incidentId, component: run.view.component, approval });
    run.progress.results[announced] = approval.approval_id;
    await run.record();
  }
  return approval;
}

async function untilDecided(run: IncidentRun, request: ApprovalRequest, approval: Approval): Promise<void> {
  while (approval.status === 'open') {
    const summary = `approval ${approval.approval_id}: ${request.title} (${approval.tier})`;
    const decided = () => approval.status !== 'open' || run.resolvedArrived || reinvestigates(run);
    await run.wait(decided, nextDeadline(run, approval), summary);
    if (approval.status !== 'open') return;
    if (run.resolvedArrived && !(await stillNeeded(run, `${request.step}.resolved`))) {
      withdraw(run, approval, 'the trigger cleared by itself');
      throw new Ended('closed_no_action', 'the trigger cleared before anything risky was done');
    }
    if (reinvestigates(run)) {
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
      `${approval.step}.${approval.tier}`,
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
