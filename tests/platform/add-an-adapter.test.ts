import { expect, test } from '@jest/globals';
import { ADAPTERS, type Adapter, openPlatforms } from '../../src/platform/open.ts';
import { PlatformError, type Registry } from '../../src/platform/port.ts';
import { registrySuite } from './suite/registry.ts';

/** What a new folder under src/platform would export; here a registry kept in memory. */

const at = (day: number) => new Date(Date.UTC(2026, 0, day)).toISOString();

function createNotebookRegistry(): Registry {
  const version = (name: string, status: 'live' | 'standby') => ({
    version: name,
    status,
    trained_at: at(1),
    training: { from: at(1), to: at(2), rows: 10, positives: 1 },
    baseline: { f1: 0.9, precision: 0.9, recall: 0.9, flagged_share: 0.1 },
    importances: { x: 1 },
    threshold: 0.5,
  });
  const deployment = (day: number, from: string | null, to: string) =>
    ({ at: at(day), kind: 'deploy', from, to, by: 'ana', incident: null, reason: '' }) as const;
  const records = new Map(
    ['one', 'two'].map((model) => [
      model,
      {
        model,
        active_version: 'v2',
        features: ['x'],
        versions: [version('v1', 'standby'), version('v2', 'live')],
        deployments: [deployment(3, null, 'v1'), deployment(4, 'v1', 'v2')] as Awaited<
          ReturnType<Registry['makeLive']>
        >[],
      },
    ]),
  );
  const answers = new Map<string, Awaited<ReturnType<Registry['makeLive']>>>();
  return {
    async models(names, signal) {
      if (signal?.aborted) throw new PlatformError('given up', null);
      const found = names.flatMap((name) => records.get(name) ?? []);
      return new Map(structuredClone(found).map((record) => [record.model, record]));
    },
    async makeLive({ model, version: to, expectedLive, kind, incident, reason }, key) {
      const known = answers.get(key);
      if (known) return known;
      const record = records.get(model)!;
      const from = record.active_version;
      if (from !== expectedLive) throw new PlatformError(`${from} is live, not ${expectedLive}`, 409);
      if (!record.versions.some((each) => each.version === to))
        throw new PlatformError(`there is no version ${to}`, 404);
      const done = { at: at(5 + answers.size), kind, from, to, by: 'agentops', incident, reason };
      record.active_version = to;
      for (const each of record.versions) each.status = each.version === to ? 'live' : 'standby';
      record.deployments.push(done);
      answers.set(key, done);
      return done;
    },
  };
}

const notebook: Adapter = {
  offers: ['registry'],
  address: () => 'this process',
  open: () => ({ registry: createNotebookRegistry() }),
};
const platforms = openPlatforms(
  { platform: { url: 'http://127.0.0.1:9' }, snowflake: null, environment: 'test' },
  () => ({ mine: { kind: 'notebook' } }) as never,
  { ...ADAPTERS, notebook } as never,
);

registrySuite(() => ({ registry: platforms.port('registry', 'mine'), models: ['one', 'two'] }));

test('a capability that the new kind does not offer is refused by name', () => {
  expect(() => platforms.port('trainer', 'mine')).toThrow(
    'system "mine" of kind notebook has no trainer, it offers registry',
  );
  expect(platforms.reference('mine')).toEqual({ name: 'mine', address: 'this process' });
});
