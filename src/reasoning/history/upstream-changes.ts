import { isSuccess } from '../../domain/pipeline.ts';
import { minute, quote } from '../../domain/text.ts';
import type { PipelineRunRow } from '../../domain/warehouse-rows.ts';
import type { UpstreamFacts } from '../facts.ts';

type Change = UpstreamFacts['changes'][number];

/** A batch this far above the median of its neighbours, or this long after the run before it, is not an ordinary one. */
const GAP = 2.5;

const median = (values: number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};
const time = (row: PipelineRunRow) => Date.parse(row.timestamp);
/** Milliseconds from one run of a pipeline to the next, oldest run first; 0 for fewer than two runs. */
export const medianInterval = (runs: readonly PipelineRunRow[]) =>
  median(runs.slice(1).map((run, i) => time(run) - time(runs[i]!)));

/** A message without its figures: what kind of message it is. */
const kindOf = (message: string) => message.replace(/\d+(\.\d+)?/g, '#').trim();

/**
 * The changes between consecutive runs of each pipeline, oldest first: schema version, source, failure, a run id seen twice or
 * two runs where one is due, a failure that its repeat made good, a run that did not come, another kind of message. `until`
 * closes the window, so that a pipeline that stopped counts as missing.
 */
export function upstreamChanges(runs: readonly PipelineRunRow[], until: string): Change[] {
  const pipelines = [...new Set(runs.map((run) => run.pipeline_name))];
  const changes = pipelines.flatMap((pipeline) =>
    changesOf(
      pipeline,
      runs.filter((run) => run.pipeline_name === pipeline).sort((a, b) => time(a) - time(b)),
      until,
    ),
  );
  return changes.sort((a, b) => a.at.localeCompare(b.at));
}

/** Significance of a change, 0 the highest: changes of the data, then failures made good, then messages, which anybody can write. */
const WEIGHT: Record<Change['what'], number> = {
  ...{ schema_version: 0, source: 0, failed: 0, duplicate: 0, missing: 0 },
  ...{ retried: 1, message: 2 },
};

/** Changes by significance, then by distance to the onset; without an onset the newest first. */
export function significantFirst(changes: readonly Change[], onset: string | null): Change[] {
  const began = onset ? Date.parse(onset) : Number.MAX_SAFE_INTEGER;
  const distance = ({ at }: Change) => Math.abs(Date.parse(at) - began);
  return [...changes].sort((a, b) => WEIGHT[a.what] - WEIGHT[b.what] || distance(a) - distance(b));
}

function changesOf(pipeline: string, runs: PipelineRunRow[], until: string): Change[] {
  const interval = medianInterval(runs);
  const ids = new Set<string>();
  const changes: Change[] = [];
  const add = (at: string, what: Change['what'], text: string) =>
    changes.push({ at, pipeline, what, text: `${pipeline}: ${text} at ${minute(at)}` });

  runs.forEach((run, i) => {
    const { timestamp: at } = run;
    const before = runs[i - 1];
    if (!isSuccess(run.status)) {
      const next = runs[i + 1];
      const retried = next && isSuccess(next.status) && time(next) - time(run) < interval / 2;
      const ended = `run ${quote(run.run_id, 40)} ended as "${quote(run.status, 30)}"`;
      add(at, retried ? 'retried' : 'failed', retried ? `${ended} and its repeat went well` : ended);
    }
    const again = ids.has(run.run_id);
    ids.add(run.run_id);
    if (again) add(at, 'duplicate', `run ${quote(run.run_id, 40)} was loaded a second time`);
    if (!before) return;
    const gap = time(run) - time(before);
    const fine = isSuccess(before.status) && isSuccess(run.status);
    const close = runs.length >= 4 && gap < interval / 2;
    const twin = !again && fine && close && before.record_count === run.record_count;
    if (twin)
      add(
        at,
        'duplicate',
        `a second run of ${run.record_count} records ${Math.round(gap / 1000)} s after the first`,
      );
    if (runs.length >= 4 && gap > GAP * interval)
      add(before.timestamp, 'missing', `no run for ${Math.round(gap / 60_000)} min after the one`);
    if (before.schema_version !== run.schema_version)
      add(
        at,
        'schema_version',
        `schema ${quote(before.schema_version, 30)} → ${quote(run.schema_version, 30)}`,
      );
    if (before.source !== run.source)
      add(at, 'source', `source ${quote(before.source, 40)} → ${quote(run.source, 40)}`);
    if (kindOf(before.message) !== kindOf(run.message) && run.message !== '')
      add(at, 'message', `a new message, ${quote(run.message, 80)},`);
  });
  const last = runs.at(-1);
  if (last && runs.length >= 4 && Date.parse(until) - time(last) > GAP * interval)
    add(last.timestamp, 'missing', 'no run since the one');
  return changes;
}
