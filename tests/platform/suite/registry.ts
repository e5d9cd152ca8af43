import { expect, test } from '@jest/globals';
import type { Registry } from '../../../src/platform/port.ts';
import { actor, givenUp, refusal } from './rejection.ts';

/** A registry with two models, each of which has been live in two versions at least. */
export interface RegistrySubject {
  registry: Registry;
  models: [string, string];
}

/** What every adapter of *registry* promises. */
export function registrySuite(subject: () => RegistrySubject): void {
  const record = async (model: string) => (await subject().registry.models([model])).get(model)!;
  const swap = async (model: string, expectedLive: string, version: string, key: string) =>
    subject().registry.makeLive({ model, version, expectedLive, kind: 'rollback', ...actor }, key);

  test('registry: one call brings all models that are asked for; one it does not know is absent', async () => {
    const { registry, models } = subject();
    const found = await registry.models([...models, 'nobody']);
    expect([...found.keys()].sort()).toEqual([...models].sort());
    for (const [name, { model }] of found) expect(model).toBe(name);
  });

  test('registry: a record tells versions with baseline and importances, what is live, and what was', async () => {
    const { active_version, versions, deployments, features } = await record(subject().models[0]);
    const live = versions.find(({ version }) => version === active_version)!;
    expect(live.status).toBe('live');
    expect(versions.filter(({ status }) => status === 'live')).toHaveLength(1);
    expect(live.training.from < live.training.to).toBe(true);
    expect(live.baseline.f1).toBeGreaterThan(0);
    expect(live.baseline.f1).toBeLessThanOrEqual(1);
    expect(Object.keys(live.importances).sort()).toEqual([...features].sort());
    expect(Object.values(live.importances).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(deployments.at(-1)!.to).toBe(active_version);
    expect(deployments.map(({ at }) => at)).toEqual(deployments.map(({ at }) => at).sort());
  });

  test('registry: a key makes a version live once, of one model only', async () => {
    const [model, other] = subject().models;
    const before = await record(model);
    const untouched = await record(other);
    const previous = before.deployments.at(-1)!.from!;
    const first = await swap(model, before.active_version, previous, 'live once');
    expect(first).toMatchObject({
      kind: 'rollback',
      from: before.active_version,
      to: previous,
      incident: actor.incident,
    });
    expect(await swap(model, before.active_version, previous, 'live once')).toEqual(first);
    const after = await record(model);
    expect(after.active_version).toBe(previous);
    expect(after.deployments).toHaveLength(before.deployments.length + 1);
    expect(await record(other)).toEqual(untouched);
    await swap(model, previous, before.active_version, 'and back');
  });

  test('registry: over another version than expected nothing is made live, and the refusal names what is', async () => {
    const [model] = subject().models;
    const before = await record(model);
    const previous = before.deployments.at(-1)!.from!;
    const stale = await refusal(swap(model, previous, previous, 'stale'), 409);
    expect(stale.message).toContain(before.active_version);
    expect(await record(model)).toEqual(before);
  });

  test('registry: an unknown version is refused for good', async () => {
    const [model] = subject().models;
    const { active_version } = await record(model);
    expect((await refusal(swap(model, active_version, 'v99', 'unknown'), 404)).message).toContain('v99');
  });

  test('registry: a call that is given up rejects', () =>
    givenUp((signal) => subject().registry.models([...subject().models], signal)));
}
