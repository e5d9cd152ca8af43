import { allHandlersFinished, condition, workflowInfo } from '@temporalio/workflow';
import type { IncidentStatus } from '../../src/domain/incident.ts';
import { activities } from '../activities.ts';
import { close } from './close.ts';
import { confirm } from './confirm.ts';
import { cooldown } from './cooldown.ts';
import { IncidentEnd, Reinvestigate } from './flow.ts';
import { investigate } from './investigate.ts';
import { MessageHandlers } from './message-handlers.ts';
import type { IncidentInput } from './messages.ts';
import { remediate } from './remediate.ts';
import { IncidentRun } from './run.ts';

export interface IncidentResult {
  incident_id: string;
  status: IncidentStatus;
}

/**
 * One incident of one component, from its first alert to the end of its cooldown. Alerts, decisions and commands are signals
 * and Updates (messages.ts); the query `incident` answers its view at any time.
 */
export async function incident(input: IncidentInput): Promise<IncidentResult> {
  const messages = new MessageHandlers();
  const run = await open(input, messages);
  try {
    await story(run);
  } catch (end) {
    if (!(end instanceof IncidentEnd)) throw end;
    await close(run, end.status, end.message);
  }
  await cooldown(run, input);
  await condition(allHandlersFinished);
  return { incident_id: run.context.incidentId, status: run.view.status };
}

/** Monitor, investigate, remediate and verify. Ends by throwing `IncidentEnd`; a finished story that is told again does nothing. */
async function story(run: IncidentRun): Promise<void> {
  if (run.view.closed_at) return;
  if (!run.view.diagnosis) await confirm(run);
  for (;;) {
    const diagnosis = await investigate(run);
    if (!diagnosis) throw new IncidentEnd('escalated', 'there is no diagnosis; a person takes over');
    try {
      await remediate(run, diagnosis);
      throw new IncidentEnd('inconclusive', 'the plan ended without a verdict');
    } catch (turn) {
      if (!(turn instanceof Reinvestigate)) throw turn;
      run.progress.round += 1;
    }
  }
}

async function open(input: IncidentInput, messages: MessageHandlers): Promise<IncidentRun> {
  if (input.carried) {
    const run = new IncidentRun(input, input.carried.context, []);
    messages.attach(run);
    // Says which run this is, so that a reset of it can be told.
    await run.record();
    return run;
  }
  messages.early.push(...(input.follows?.alerts ?? []));
  await condition(() => messages.early.length > 0);
  const info = workflowInfo();
  const context = await activities.open_incident({
    workflowId: info.workflowId,
    originalRunId: info.originalExecutionRunId,
    component: input.component,
  });
  const run = new IncidentRun(input, context, messages.early.splice(0));
  messages.attach(run);
  run.note('AgentOps', 'open', `${context.incidentId} opened for ${input.component}`);
  await run.record();
  return run;
}
