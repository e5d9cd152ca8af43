import { expect, test } from '@jest/globals';
import type { Serving } from '../../../src/platform/port.ts';
import { actor, givenUp, refusal } from './rejection.ts';

/** Servers of two models. */
export interface ServingSubject {
  serving: Serving;
  models: [string, string];
}

/** What every adapter of *serving* promises. */
export function servingSuite(subject: () => ServingSubject): void {
  test('serving: health and servers are those of the model that is asked for', async () => {
    const { serving, models } = subject();
    for (const model of models) {
      expect(await serving.health(model)).toMatchObject({ model, status: 'ok' });
      const { replicas, cpu, memory, queue } = await serving.infrastructure(model);
      expect(replicas).toBeGreaterThan(0);
      expect(queue).toBeGreaterThanOrEqual(0);
      for (const share of [cpu, memory]) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
      const drift = await serving.drift(model);
      if (drift) expect(drift.model).toBe(model);
    }
  });

  test('serving: a key scales once, one model only, and only from the number that was expected', async () => {
    const { serving, models } = subject();
    const [model, other] = models;
    const { replicas } = await serving.infrastructure(model);
    const beside = (await serving.infrastructure(other)).replicas;
    const scale = (key: string, to: number, expectedReplicas: number) =>
      serving.scale({ model, replicas: to, expectedReplicas, ...actor }, key);
    const done = await scale('scale once', replicas + 2, replicas);
    expect(done).toMatchObject({ from: replicas, to: replicas + 2 });
    expect(await scale('scale once', replicas + 2, replicas)).toEqual(done);
    expect((await serving.infrastructure(model)).replicas).toBe(replicas + 2);
    expect((await serving.infrastructure(other)).replicas).toBe(beside);
    const stale = await refusal(scale('stale', replicas + 3, replicas), 409);
    expect(stale.message).toContain(String(replicas + 2));
    await scale('back', replicas, replicas + 2);
  });

  test('serving: an unknown model is refused for good, and a call that is given up rejects', async () => {
    const { serving, models } = subject();
    await refusal(serving.infrastructure('nobody'), 404);
    await givenUp((signal) => serving.health(models[0], signal));
  });
}
