import { CancellationScope } from '@temporalio/workflow';
import { type Action, entryOf } from '../../src/domain/actions/catalogue.ts';
import type { ActionEntry } from '../../src/domain/actions/entry.ts';
import { outdated, propose } from '../../src/domain/actions/propose.ts';
import type { ActionRecord, ActionState } from '../../src/domain/actions/record.ts';
import { sideEffectKey } from '../../src/domain/keys.ts';
import { activities, call } from '../activities.ts';
import type { RetrainJob } from '../contracts/remediate.ts';
import { factsOf, statusOf } from './action-facts.ts';
import { change, end } from './checks.ts';
import { consent } from './consent.ts';
import { escalate, failureIn, step } from './escalation.ts';
import { IncidentEnd, type StepResult } from './flow.ts';
import { judge } from './judge.ts';
import { clearedByItself, triggerStillFires } from './remeasure.ts';
import type { IncidentRun } from './run.ts';

/**
 * Carries out one action of the catalogue: propose → consent → check again → call with exactly the approved parameters → judge.
 * A continued run takes the record up where it stands.
 * @param id unique in the incident; default: once a round
 */
export async function perform(
  run: IncidentRun,
  action: string,
  id = `${action}.${run.progress.round}`,
): Promise<StepResult> {
  const entry = entryOf(action);
  const known = run.view.actions.find(({ action_id }) => action_id === id);
  const record = known ?? (await proposed(run, entry, id));
  if (!record) return 'skipped';
  while (record.ended_at === null) await advance(run, entry, record);
  if (entry.judge.by === 'gate' && record.state === 'verified') return perform(run, entry.judge.next);
  return RESULTS[record.state] ?? 'failed';
}

/** A denied action is the person's choice; all other ends without effect let a fallback be asked for. */
const RESULTS: Partial<Record<ActionState, StepResult>> = {
  done: 'done',
  verified: 'done',
  denied: 'skipped',
};

async function proposed(run: IncidentRun, entry: ActionEntry, id: string): Promise<ActionRecord | null> {
  const status =
    entry.needs.length === 0 ? null : await step(run, `${id}.status`, () => statusOf(run, entry));
  if (entry.needs.length > 0 && !status) return null;
  const needed = run.context.policy.actions[entry.name as Action].approval ? 1 : 0;
  const record = propose(entry, id, factsOf(run, status), needed);
  run.view.actions.push(record);
  if (record.state === 'skipped') run.note('Remediator', entry.name, `skipped: ${record.details}`);
  return record;
}

/** Moves the action one state on. */
async function advance(run: IncidentRun, entry: ActionEntry, record: ActionRecord): Promise<void> {
  switch (record.state) {
    case 'proposed':
    case 'awaiting':
      return consent(run, entry, record);
    case 'approved':
      return start(run, entry, record);
    case 'running':
      return follow(run, entry, record);
    case 'done':
    case 'verifying':
      return judge(run, entry, record);
    case 'failed':
      return goOnAfterFailure(run, record);
    case 'denied':
      return goOnAfterDenial(run, entry, record);
    case 'withdrawn':
      return change(run, record, 'proposed', 'asked again');
    case 'expired':
      end(record);
      if (entry.risky) throw new IncidentEnd('escalated', `${record.title}: skipped, the approval expired`);
      return;
    case 'verified':
    case 'not_helped':
    case 'skipped':
      return end(record);
    default: {
      const never: never = record.state;
      throw new IncidentEnd('escalated', `an action is in the unknown state ${never}`);
    }
  }
}

/** Calls the tool once. Before each attempt the world must still be that of the card. */
async function start(run: IncidentRun, entry: ActionEntry, record: ActionRecord): Promise<void> {
  const { incidentId } = run.context;
  try {
    if (entry.risky) await checkWorld(run, entry, record);
    run.obeyClosing();
    change(run, record, 'running', record.title);
    record.result = await call(entry.tool, {
      incidentId,
      component: run.view.component,
      key: sideEffectKey(incidentId, `${record.action_id}.call`, record.attempt, record.hash),
      params: record.params,
    });
  } catch (error) {
    fail(run, record, error);
    return;
  }
  if (!entry.follow) finish(run, entry, record);
  await run.record();
}

/** Follows what the tool started, to its end. */
async function follow(run: IncidentRun, entry: ActionEntry, record: ActionRecord): Promise<void> {
  const started = record.result as { jobId: string };
  const job = {
    incidentId: run.context.incidentId,
    params: record.params as unknown as RetrainJob['params'],
    jobId: started.jobId,
  };
  record.details = `job ${started.jobId}`;
  run.view.waiting_for = `training job ${started.jobId}`;
  run.note('Remediator', record.action, `running: ${record.details}`);
  await run.record();
  try {
    record.result = await run.unlessClosed(() => call(entry.follow!, job));
  } catch (error) {
    if (error instanceof IncidentEnd) await stop(run, record, job);
    fail(run, record, error);
    return;
  }
  finish(run, entry, record);
  await run.record();
}

/** A job that nobody waits for any more is stopped; a trainer that does not answer changes nothing about the ending. */
async function stop(run: IncidentRun, record: ActionRecord, job: RetrainJob): Promise<void> {
  const key = sideEffectKey(job.incidentId, `${record.action_id}.stop`, record.attempt, job.jobId);
  try {
    await CancellationScope.nonCancellable(() => activities.stop_training({ ...job, key }));
    run.note('Remediator', 'stop_training', `job ${job.jobId} was stopped`);
  } catch (error) {
    run.note('Remediator', 'stop_training', `job ${job.jobId} could not be stopped: ${failureIn(error)}`);
  }
}

/** The tool has answered: done, or failed by its own account, which no new attempt would change. */
function finish(run: IncidentRun, entry: ActionEntry, record: ActionRecord): void {
  const failure = entry.failure?.(record.result) ?? null;
  change(run, record, failure ? 'failed' : 'done', failure ?? entry.report(record.result, record.params));
  if (failure || entry.judge.by === 'answer') end(record);
}

function fail(run: IncidentRun, record: ActionRecord, error: unknown): void {
  const message = failureIn(error);
  if (record.state === 'approved') change(run, record, 'running', record.title);
  change(run, record, 'failed', message);
}

async function goOnAfterFailure(run: IncidentRun, record: ActionRecord): Promise<void> {
  const command = await escalate(
    run,
    `${record.action_id}.${record.attempt}`,
    `${record.action} failed: ${record.details}`,
  );
  if (command === 'skip') return end(record);
  record.attempt += 1;
  // A job that was started is followed, not started again.
  const isStarted = record.result !== null;
  change(run, record, isStarted ? 'running' : 'approved', 'a person continued it');
}

/** A denied message is left out; a denied risky action goes to a person, who may have it asked again. */
async function goOnAfterDenial(run: IncidentRun, entry: ActionEntry, record: ActionRecord): Promise<void> {
  if (!entry.risky) return end(record);
  const denial = record.decisions.findLast(({ counted, decision }) => counted && decision === 'deny')!;
  const name = `${record.action_id}.${record.attempt}`;
  const command = await escalate(run, name, `${denial.by} denied "${record.title}": ${denial.reason}`);
  if (command === 'skip') return end(record);
  record.attempt += 1;
  change(run, record, 'proposed', 'a person had it asked again');
}

async function checkWorld(run: IncidentRun, entry: ActionEntry, record: ActionRecord): Promise<void> {
  if (!(await triggerStillFires(run, `${record.action_id}.before`))) {
    change(run, record, 'skipped', 'pointless now: the trigger cleared by itself');
    end(record);
    throw clearedByItself(run);
  }
  const problem = outdated(entry, record, factsOf(run, await statusOf(run, entry)));
  if (!problem) return;
  change(run, record, 'skipped', problem);
  end(record);
  throw new IncidentEnd('escalated', `${problem}: a person takes over`);
}
