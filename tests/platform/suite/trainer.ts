import { expect, test } from '@jest/globals';
import type { TrainingJob } from '../../../src/domain/platform.ts';
import type { Trainer } from '../../../src/platform/port.ts';
import { until } from '../../support/until.ts';
import { actor, givenUp, refusal } from './rejection.ts';

/** A trainer with enough labelled rows of two models since a time, and too few since a later one. */
export interface TrainerSubject {
  trainer: Trainer;
  models: [string, string];
  since: string;
  tooLate: string;
}

/** What every adapter of *trainer* promises. */
export function trainerSuite(subject: () => TrainerSubject): void {
  const start = (model: string, key: string, since = subject().since) =>
    subject().trainer.start({ model, since, ...actor }, key);

  test('trainer: one job at a time, once per key, and each model has its own', async () => {
    const { trainer, models } = subject();
    const [model, other] = models;
    const job = await start(model, 'train once');
    expect(job).toMatchObject({ model, incident: actor.incident, finished_at: null });
    expect((await start(model, 'train once')).id).toBe(job.id);
    expect((await refusal(start(model, 'another'), 409)).message).toContain(job.id);
    const beside = await start(other, 'beside');
    expect(beside.model).toBe(other);
    expect(beside.id).not.toBe(job.id);

    expect((await trainer.stop(model, job.id, 'stop')).status).toBe('stopped');
    expect((await trainer.stop(model, job.id, 'stop again')).status).toBe('stopped');
    expect((await trainer.job(model, job.id)).status).toBe('stopped');
    expect((await trainer.job(other, beside.id)).status).not.toBe('stopped');
    await refusal(trainer.job(other, job.id), 404);
    await trainer.stop(other, beside.id, 'stop beside');
  });

  test('trainer: a job is followed to its end, judged on rows later than those it was trained on', async () => {
    const { trainer, models } = subject();
    const { id } = await start(models[0], 'to the end');
    let job: TrainingJob | undefined;
    await until(async () => {
      job = await trainer.job(models[0], id);
      return job.finished_at !== null;
    }, 60_000);
    expect(job).toMatchObject({ status: 'succeeded', progress: 1 });
    const { training, holdout, candidate_confusion: c, champion_confusion: d } = job!.result!;
    expect(training.to <= holdout.from).toBe(true);
    expect(c.tp + c.fp + c.fn + c.tn).toBe(holdout.rows);
    expect(d.tp + d.fp + d.fn + d.tn).toBe(holdout.rows);
    expect(await trainer.stop(models[0], id, 'too late to stop')).toEqual(job);
  });

  test('trainer: too few rows, and an unknown job, are refused for good', async () => {
    const { trainer, models, tooLate } = subject();
    expect((await refusal(start(models[0], 'late', tooLate), 422)).message).toMatch(/\d/);
    await refusal(trainer.job(models[0], 'nobody'), 404);
    await givenUp((signal) => trainer.job(models[0], 'nobody', signal));
  });
}
