import { allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';
import type { IncidentInput } from './messages.ts';
import type { IncidentRun } from './run.ts';

/**
 * The last phase of a run: the status stands, repeats are counted and held back. A worse alert goes on as a new incident,
 * linked to this one, so that one fault never starts two remediations and a second fault is never lost.
 */
export async function cooldown(run: IncidentRun, input: IncidentInput): Promise<void> {
  const { view, context } = run;
  const end = new Date(new Date(view.closed_at!).getTime() + context.policy.cooldown);
  view.phase = 'cooldown';
  await run.record();
  await run.wait(
    () => run.progress.worse.length > 0,
    end,
    `cooldown of ${view.incident_id} (${view.status})`,
  );
  view.phase = 'closed';
  const [worse] = run.progress.worse;
  if (worse) run.note('AgentOps', 'cooldown', `worse: ${worse.summary}; a new incident follows`);
  await condition(allHandlersFinished);
  await run.record();
  // Once more for what came meanwhile; in a storm of repeats something always does.
  if (run.changed) await run.record();
  if (run.progress.worse.length > 0) {
    await continueAsNew<(input: IncidentInput) => Promise<unknown>>({
      component: input.component,
      environment: input.environment,
      follows: { incidentId: view.incident_id, alerts: run.progress.worse },
    });
  }
}
