import type { TestWorkflowEnvironment } from '@temporalio/testing';
import Long from 'long';
import type { Incident } from './incident.ts';

/**
 * Resets to a completed workflow task, as Temporal Web's "Reset" offers it: signals are applied again.
 * @param choose among the ids of the completed workflow tasks
 */
export async function resetTo(
  env: TestWorkflowEnvironment,
  incident: Incident,
  choose: (ids: number[]) => number,
): Promise<string> {
  const { workflowId } = incident.handle;
  const { events } = await incident.handle.fetchHistory();
  const tasks = (events ?? [])
    .filter((e) => e.workflowTaskCompletedEventAttributes)
    .map((e) => Number(e.eventId));
  const answer = await env.client.workflowService.resetWorkflowExecution({
    namespace: env.client.options.namespace,
    workflowExecution: { workflowId },
    reason: 'test',
    requestId: `${workflowId}-${Date.now()}`,
    workflowTaskFinishEventId: Long.fromNumber(choose(tasks)),
  });
  return answer.runId;
}
