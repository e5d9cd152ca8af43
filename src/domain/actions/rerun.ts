import { z } from 'zod';
import { missing, type PipelineStatus, SystemReference } from '../component-status.ts';
import { isSuccess } from '../pipeline.ts';
import { listNames } from '../text.ts';
import { MONITOR_SOURCE } from '../triggers/alert.ts';
import { claimsOf, defineAction, type ObservedSymptom, reasonOf } from './entry.ts';

const Params = z.strictObject({
  system: SystemReference,
  pipeline: z.string(),
  /** The runner's own name for it; null where it is the pipeline's. */
  job: z.string().nullable(),
  window: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
  reason: z.string(),
});
export type RerunParams = z.infer<typeof Params>;

/** The runner's answer, once the run has ended well. */
export const PipelineRerun = z.object({ runId: z.string(), records: z.number(), at: z.string() });
export type PipelineRerun = z.infer<typeof PipelineRerun>;

/** Loads the time since the onset again, from the pipeline that is at fault. */
export const rerunPipeline = defineAction({
  name: 'rerun_pipeline',
  noun: 'a rerun of the pipeline',
  tool: 'rerun_pipeline',
  risky: true,
  proposable: true,
  needs: ['pipelines'],
  params: Params,
  editable: ['window'],
  prepare: (facts) => {
    const { status, component, symptoms, diagnosis, now } = facts;
    const pipelines = status?.pipelines;
    if (!pipelines) return { impossible: missing(component, 'pipelines') };
    const pipeline = pipelineAtFault(pipelines, symptoms);
    if (!pipeline) {
      const names = pipelines.map(({ name }) => name).join(', ') || 'none';
      return {
        impossible: `which pipeline of ${component} is at fault is not clear (the platform knows: ${names}): a person decides`,
      };
    }
    const { name, system, job } = pipeline;
    const window = { from: diagnosis?.onset ?? symptoms[0]!.first_at, to: now };
    return { system, pipeline: name, job, window, reason: reasonOf(facts) };
  },
  card: ({ pipeline, window, job, system }, { status, diagnosis }) => {
    const known = status?.pipelines?.find(({ name }) => name === pipeline);
    const others = known?.feeds.filter((model) => model !== status?.model) ?? [];
    return {
      title: `load ${window.from} to ${window.to} of ${pipeline} again`,
      why: diagnosis?.root_cause ?? 'asked for by a person',
      risk: 'data may be processed twice where the pipeline does not replace what it loads',
      undo: 'none: what was loaded stays; the window can be loaded once more',
      facts: [
        `runs as ${job ?? pipeline} on ${system.name}`,
        ...(others.length > 0 ? [`loads rows of ${listNames(others)} again, too`] : []),
        ...(known ? [`last run: ${known.lastStatus} at ${known.lastRunAt ?? 'no time'}`] : []),
        ...claimsOf(diagnosis),
      ],
    };
  },
  limits: { startToClose: '10 minutes', attempts: 10 },
  judge: {
    by: 'trigger',
    rows: 'of the window',
    repair: (result, params) =>
      `run ${PipelineRerun.parse(result).runId} of ${Params.parse(params).pipeline}`,
    verified: (_result, params) =>
      `verified: ${Params.parse(params).pipeline} was loaded again and the trigger is clear`,
  },
  report: (result) => {
    const { runId, records, at } = PipelineRerun.parse(result);
    return `run ${runId} ended at ${at}: the window holds ${records} records`;
  },
});

/**
 * The only pipeline, the only one that the Monitor's own measurements name, or the only one whose last run failed. Null when
 * that leaves a choice: the text of a diagnosis or a message never picks what is run.
 */
export function pipelineAtFault(
  pipelines: readonly PipelineStatus[],
  symptoms: readonly Pick<ObservedSymptom, 'source' | 'summary'>[],
): PipelineStatus | null {
  const only = (some: readonly PipelineStatus[]) => (some.length === 1 ? some[0]! : null);
  const measured = symptoms.filter(({ source }) => source === MONITOR_SOURCE).map(({ summary }) => summary);
  const named = pipelines.filter(({ name }) =>
    measured.some((summary) => summary.split(/[^\w-]+/).includes(name)),
  );
  const failed = pipelines.filter(({ lastStatus }) => !isSuccess(lastStatus));
  return only(pipelines) ?? only(named) ?? only(failed);
}
