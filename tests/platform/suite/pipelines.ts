import { expect, test } from '@jest/globals';
import type { PipelineRun } from '../../../src/domain/platform.ts';
import type { PipelineRef, Pipelines } from '../../../src/platform/port.ts';
import { until } from '../../support/until.ts';
import { actor, givenUp, refusal } from './rejection.ts';

/** A system with two pipelines, the second of which its runner may know under another name. */
export interface PipelinesSubject {
  pipelines: Pipelines;
  known: [PipelineRef, PipelineRef];
  /** Cannot be run. */
  unknown: PipelineRef;
  /** A window that can be loaded again. */
  window: { from: string; to: string };
}

/** What every adapter of *pipelines* promises. */
export function pipelinesSuite(subject: () => PipelinesSubject): void {
  const rerun = (ref: PipelineRef, key: string) =>
    subject().pipelines.rerun({ ...ref, window: subject().window, ...actor }, key);
  const ended = async (ref: PipelineRef, run: PipelineRun): Promise<PipelineRun> => {
    let now = run;
    await until(async () => {
      now = await subject().pipelines.run(ref, run.run_id);
      return now.status === 'succeeded' || now.status === 'failed';
    }, 30_000);
    return now;
  };

  test('pipelines: listed in the order asked, under the names asked', async () => {
    const { pipelines, known } = subject();
    const names = known.map(({ pipeline }) => pipeline);
    expect((await pipelines.list(known)).map(({ name }) => name)).toEqual(names);
    expect((await pipelines.list([...known].reverse())).map(({ name }) => name)).toEqual(
      [...names].reverse(),
    );
  });

  test('pipelines: a window is run again once per key and followed to its end; the run is on record', async () => {
    const { pipelines, known, window } = subject();
    for (const ref of known) {
      const before = new Date().toISOString();
      const run = await ended(ref, await rerun(ref, `run once ${ref.pipeline}`));
      expect(run).toMatchObject({ pipeline: ref.pipeline, status: 'succeeded', ...window });
      expect(run.records).toBeGreaterThan(0);
      expect((await rerun(ref, `run once ${ref.pipeline}`)).run_id).toBe(run.run_id);
      const around = {
        from: new Date(Math.min(Date.parse(before), Date.parse(run.at)) - 60_000).toISOString(),
        to: '2100-01-01T00:00:00.000Z',
      };
      const runs = await pipelines.runs(ref, around);
      expect(runs.filter(({ run_id }) => run_id === run.run_id)).toHaveLength(1);
      expect(runs.every(({ pipeline }) => pipeline === ref.pipeline)).toBe(true);
      expect(runs.map(({ at }) => at)).toEqual(runs.map(({ at }) => at).sort());
      expect(
        await pipelines.runs(ref, { from: '2000-01-01T00:00:00.000Z', to: '2000-01-02T00:00:00.000Z' }),
      ).toEqual([]);
    }
  });

  test('pipelines: a call that is given up rejects', () =>
    givenUp((signal) => subject().pipelines.list(subject().known, signal)));

  test('pipelines: what cannot be run, and an unknown run, are refused for good', async () => {
    const { pipelines, known, unknown } = subject();
    await expect(rerun(unknown, 'unknown')).rejects.toMatchObject({ permanent: true });
    await refusal(pipelines.run(known[0], 'nobody'), 404);
  });
}
