import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { Symptom } from '../../src/domain/incident.ts';
import { endedWell } from '../../src/domain/pipeline.ts';
import { MONITOR_SOURCE } from '../../src/domain/triggers/alert.ts';
import { activities } from '../activities.ts';
import type { PipelineStatus } from '../contracts.ts';
import type { ApprovalRequest } from './approval-desk.ts';
import { risky } from './risky.ts';
import type { IncidentRun } from './run.ts';
import { settles } from './settle.ts';
import { Ended, type Outcome } from './turns.ts';

/** Loads the time since the onset again, from the pipeline that is at fault, and sees whether that clears it. */
export async function rerun(run: IncidentRun, diagnosis: Diagnosis): Promise<Outcome> {
  const { view, context, progress } = run;
  const step = `rerun.${progress.round}`;
  const known = await run.step(`${step}.status`, () =>
    Promise.all([activities.pipeline_status(view.component), activities.model_status(view.component)]),
  );
  if (!known) return 'skipped';
  const [pipelines, model] = known;
  const pipeline = pipelineAtFault(pipelines, view.symptoms);
  if (!pipeline) {
    const names = pipelines.map(({ name }) => name).join(', ') || 'none';
    const problem = `which pipeline of ${view.component} is at fault is not clear (the platform knows: ${names})`;
    run.log('rerun_pipeline', 'skipped', `${problem}: a person decides`);
    return 'failed';
  }
  const { incidentId } = context;
  const window = {
    from: diagnosis.onset ?? view.symptoms[0]!.first_at,
    to: run.moment(`${step}.window`).toISOString(),
  };
  const card: ApprovalRequest = {
    step,
    action: 'rerun_pipeline',
    tool: 'rerun_pipeline',
    params: { pipeline: pipeline.name, ...window },
    title: `load ${window.from} to ${window.to} of ${pipeline.name} again`,
    why: diagnosis.root_cause,
    risk: 'data may be processed twice where the pipeline does not replace what it loads',
    undo: 'none: what was loaded stays; the window can be loaded once more',
    facts: [
      `last run: ${pipeline.lastStatus} at ${pipeline.lastRunAt ?? 'no time'}`,
      ...diagnosis.claims.slice(0, 4).map((claim) => claim.text),
    ],
  };
  const called = await risky(run, card, model.activeVersion, (key) =>
    activities.rerun_pipeline({
      incidentId,
      component: view.component,
      key,
      pipeline: pipeline.name,
      window,
      reason: `${incidentId}: ${diagnosis.category}`,
    }),
  );
  if (called.outcome !== 'done') return called.outcome;
  const { runId, records, at } = called.value;
  if (run.first(`${step}.done`)) {
    progress.riskyActionTaken = true;
    run.log(
      'rerun_pipeline',
      'completed',
      `run ${runId} ended at ${at}: the window holds ${records} records`,
    );
    await run.record();
  }
  if (await settles(run, `verify.${step}`, { repair: `run ${runId} of ${pipeline.name}`, since: null })) {
    throw new Ended('resolved', `verified: ${pipeline.name} was loaded again and the trigger is clear`);
  }
  return 'failed';
}

/**
 * The only pipeline, the only one that the Monitor's own measurements name, or the only one whose last run failed. Null when
 * that leaves a choice: what a diagnosis or a message says never picks what is run.
 */
export function pipelineAtFault(
  pipelines: readonly PipelineStatus[],
  symptoms: readonly Pick<Symptom, 'source' | 'summary'>[],
): PipelineStatus | null {
  const only = (some: readonly PipelineStatus[]) => (some.length === 1 ? some[0]! : null);
  const measured = symptoms.filter(({ source }) => source === MONITOR_SOURCE).map(({ summary }) => summary);
  const named = pipelines.filter(({ name }) =>
    measured.some((summary) => summary.split(/[^\w-]+/).includes(name)),
  );
  const failed = pipelines.filter(({ lastStatus }) => !endedWell(lastStatus));
  return only(pipelines) ?? only(named) ?? only(failed);
}
