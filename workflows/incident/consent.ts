import { endRequest, escalateTier, requestApproval } from '../../src/domain/actions/approvals.ts';
import type { ActionEntry } from '../../src/domain/actions/entry.ts';
import { actionHash, withCard } from '../../src/domain/actions/propose.ts';
import type { ActionRecord, ApprovalRequest } from '../../src/domain/actions/record.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';
import { factsOf, statusOf } from './action-facts.ts';
import { change, end } from './checks.ts';
import { failureIn, guard, page } from './escalation.ts';
import { Reinvestigate } from './flow.ts';
import { clearedByItself, hasCleared, riskyActionTaken } from './remeasure.ts';
import type { IncidentRun } from './run.ts';

const MEASURE_AGAIN = 30_000;
/** More rounds of investigation would not end. */
const MOST_ROUNDS = 3;

/**
 * Gets consent for an action, from policy or from people. Each tier has its time, then the next is paged; the approval stays
 * decidable until it expires, and then nothing runs. While it is open the world may change: a trigger that clears withdraws it,
 * a new kind of symptom before the first risky action sends the incident back to the Investigator.
 */
export async function consent(run: IncidentRun, entry: ActionEntry, record: ActionRecord): Promise<void> {
  if (record.hash !== actionHash(record)) await renewCard(run, entry, record);
  if (record.needed === 0) {
    change(run, record, 'approved', `policy lets it run without approval: ${record.title}`);
    return;
  }
  const approval = await present(run, record);
  await untilDecided(run, record, approval);
  if (record.state === 'approved') run.view.status = 'in_progress';
  run.view.waiting_for = 'the Remediator goes on';
  run.note('Remediator', record.action, `${record.state}: ${record.details}`);
  await run.record();
}

/** The card of edited parameters, by the facts of now. */
async function renewCard(run: IncidentRun, entry: ActionEntry, record: ActionRecord): Promise<void> {
  const name = `${record.action_id}.edit.${record.decisions.length}`;
  const status = entry.needs.length === 0 ? null : await guard(run, name, () => statusOf(run, entry));
  withCard(record, entry, factsOf(run, status));
}

/** Opens the approval, or takes up the one that a continued run carried, and tells people once. */
async function present(run: IncidentRun, record: ActionRecord): Promise<ApprovalRequest> {
  if (reinvestigates(run)) throw new Reinvestigate();
  if (run.noticeReset()) await run.record();
  const { incidentId, policy } = run.context;
  const approval = requestApproval(record, {
    incidentId,
    epoch: run.epoch,
    rules: policy.approvals,
    now: now(),
  });
  if (record.state === 'proposed')
    change(run, record, 'awaiting', `${approval.approval_id}: ${record.title}`);
  run.view.phase = 'remediate';
  if (approval.tier_deadline !== null) run.view.status = 'in_progress';
  run.view.waiting_for = waitingFor(record, approval);
  if (run.journal.firstTime(`announce.${approval.approval_id}`)) await announce(run, record);
  await run.record();
  return approval;
}

/** Whoever cannot be told now is paged when the tier's time is over; the approval waits in any case. */
async function announce(run: IncidentRun, action: ActionRecord): Promise<void> {
  const { incidentId, policy } = run.context;
  try {
    const { component } = run.view;
    await activities.request_human_approval({ incidentId, component, target: policy.slack_channel, action });
  } catch (error) {
    run.note('Remediator', 'request_human_approval', `could not be announced: ${failureIn(error)}`);
  }
}

async function untilDecided(
  run: IncidentRun,
  record: ActionRecord,
  approval: ApprovalRequest,
): Promise<void> {
  const isOpen = () => record.state === 'awaiting';
  let measureAgain = new Date(0);
  while (isOpen()) {
    const summary = `approval ${approval.approval_id}: ${record.title} (${approval.tier})`;
    const measures = () => run.progress.resolvedArrived && now() >= measureAgain;
    const decided = () => !isOpen() || measures() || reinvestigates(run);
    const next = nextDeadline(run, approval);
    const deadline = run.progress.resolvedArrived && measureAgain < next ? measureAgain : next;
    await run.wait(decided, deadline, summary);
    if (!isOpen()) return;
    if (measures()) {
      const cleared = await hasCleared(run, `${record.action_id}.resolved`);
      // Nothing answered: the approval's clock goes on, and the Monitor is asked again soon.
      if (cleared === null) measureAgain = new Date(now().getTime() + MEASURE_AGAIN);
      if (cleared && isOpen()) {
        withdraw(run, record, 'the trigger cleared by itself');
        throw clearedByItself(run);
      }
    }
    if (isOpen() && reinvestigates(run)) {
      withdraw(run, record, 'a new symptom arrived; the diagnosis is made again');
      throw new Reinvestigate();
    }
    // A decision may have come while the Monitor measured.
    if (isOpen()) await passTime(run, record, approval);
  }
}

function withdraw(run: IncidentRun, record: ActionRecord, reason: string): void {
  endRequest(record, 'withdrawn', `withdrawn: ${reason}`, now().toISOString());
  end(record);
  run.note('Remediator', record.action, record.details);
}

function reinvestigates(run: IncidentRun): boolean {
  return run.alerts.hasNewType && !riskyActionTaken(run) && run.progress.round < MOST_ROUNDS;
}

/** Expiry or the tier's end, whichever is next; an acknowledgement holds paging back, never the expiry. */
function nextDeadline(run: IncidentRun, approval: ApprovalRequest): Date {
  const expires = new Date(approval.expires_at);
  if (approval.tier_deadline === null) return expires;
  const tier = new Date(approval.tier_deadline);
  const held = run.progress.acknowledgedUntil ? new Date(run.progress.acknowledgedUntil) : tier;
  const due = held > tier ? held : tier;
  return due < expires ? due : expires;
}

async function passTime(run: IncidentRun, record: ActionRecord, approval: ApprovalRequest): Promise<void> {
  const { approval_id, expires_at } = approval;
  if (now() >= new Date(expires_at)) {
    const why = `expired: nobody decided ${approval_id} by ${expires_at}`;
    endRequest(record, 'expired', why, now().toISOString());
    return;
  }
  if (approval.tier_deadline === null || now() < nextDeadline(run, approval)) return;
  const silent = approval.tier;
  if (escalateTier(approval, run.context.policy.approvals, now())) {
    run.note('AgentOps', 'escalate', `${silent} did not answer ${approval_id}; ${approval.tier} is paged`);
    run.view.waiting_for = waitingFor(record, approval);
    await page(run, approval_id, `approval ${approval_id} waits: ${record.title}`, approval.tier);
  } else {
    run.view.status = 'escalated';
    run.view.waiting_for = `${waitingFor(record, approval)}; every tier was paged`;
    run.note('AgentOps', 'escalated', `no tier answered ${approval_id}; it stays open until ${expires_at}`);
    await run.record();
  }
}

function waitingFor({ title }: ActionRecord, { tier, approval_id }: ApprovalRequest): string {
  return `${tier} decides approval ${approval_id}: ${title}`;
}
