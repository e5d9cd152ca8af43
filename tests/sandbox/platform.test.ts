import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PlatformError } from '../../src/platform/port.ts';
import { connect, f1, openSandbox } from './support.ts';

let sandbox: Awaited<ReturnType<typeof openSandbox>>;
let since: string;

beforeAll(async () => {
  sandbox = await openSandbox();
  since = (await sandbox.change()).started_at;
});
afterAll(() => sandbox.close());

const rejection = async (promise: Promise<unknown>): Promise<PlatformError> => {
  const error = await promise.then(() => undefined).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(PlatformError);
  return error as PlatformError;
};

test('a changed source shows as a new schema version and nowhere by name', async () => {
  const window = { from: since, to: new Date(Date.now() + 1000).toISOString() };
  const runs = (await sandbox.warehouse.pipelineRuns(['transactions'], window)).value;
  expect(runs[0]).toMatchObject({ timestamp: since, schema_version: '7.3', status: 'success' });
  const answers = await Promise.all([
    sandbox.platform.health(),
    sandbox.platform.record(),
    sandbox.platform.deployments(),
    sandbox.platform.pipelines.list([{ pipeline: 'transactions', job: null }]),
    sandbox.platform.infrastructure(),
    sandbox.platform.aggregate(),
    fetch(`${sandbox.url}/metrics`).then((response) => response.text()),
    sandbox.warehouse.modelMetrics('classifier', window),
    sandbox.warehouse.dataQuality('transactions', window),
  ]);
  expect(JSON.stringify([runs, answers])).not.toMatch(
    /upstream_change|simulat|drifted|(1\.16|1\.05|0\.89)(?!\d)/i,
  );
});

test('training that fails says why and leaves no version', async () => {
  await sandbox.post('/simulate/training', { outcome: 'fails' });
  const { id } = await sandbox.platform.train(since, 'fails');
  const job = await sandbox.finished(id);
  expect(job).toMatchObject({ status: 'failed', result: null });
  expect(job.message).toMatch(/out of memory/);
  expect((await sandbox.platform.record()).versions.map(({ version }) => version)).toEqual(['v1', 'v2']);
});

test('training that does not help gives a candidate no better than the champion’s baseline allows', async () => {
  await sandbox.post('/simulate/training', { outcome: 'does_not_help', extra: undefined });
  const { id } = await sandbox.platform.train(since, 'does-not-help');
  const { result } = await sandbox.finished(id);
  expect(result!.training.to <= since).toBe(true);
  expect(f1(result!.candidate_confusion)).toBeLessThan(0.86);
  const total = (c: { tp: number; fp: number; fn: number; tn: number }) => c.tp + c.fp + c.fn + c.tn;
  expect(total(result!.candidate_confusion)).toBe(result!.holdout.rows);
  expect(total(result!.champion_confusion)).toBe(result!.holdout.rows);
  await sandbox.post('/simulate/training', { outcome: 'works' });
});

test('one job at a time: the same key answers the same job, another key 409; a stopped job stays stopped', async () => {
  const [first, again] = await Promise.all([
    sandbox.platform.train(since, 'once'),
    sandbox.platform.train(since, 'once'),
  ]);
  expect(again).toEqual(first);
  const conflict = await rejection(sandbox.platform.train(since, 'other'));
  expect(conflict).toMatchObject({ status: 409, permanent: true });
  expect(conflict.message).toContain(first.id);
  expect((await sandbox.platform.stopTraining(first.id, 'stop')).status).toBe('stopped');
  expect((await sandbox.finished(first.id)).status).toBe('stopped');
  expect((await sandbox.platform.stopTraining(first.id, 'stop-again')).status).toBe('stopped');
  expect((await sandbox.platform.train(since, 'once')).id).toBe(first.id);
  expect((await sandbox.platform.trainings()).filter(({ id }) => id === first.id)).toHaveLength(1);
});

test('a key that comes with another request is refused', async () => {
  const reused = await rejection(sandbox.platform.makeLive('deploy', 'v1', 'v2', 'once'));
  expect(reused.status).toBe(422);
});

test('a candidate is deployed by a swap of slots, once, and only over the version expected', async () => {
  const { id } = await sandbox.platform.train(since, 'works');
  const { result } = await sandbox.finished(id);
  const name = result!.version;
  const stale = await rejection(sandbox.platform.makeLive('deploy', name, 'v1', 'stale'));
  expect(stale.status).toBe(409);
  expect(stale.message).toContain('v2');
  const done = await sandbox.platform.makeLive('deploy', name, 'v2', 'deploy');
  expect(await sandbox.platform.makeLive('deploy', name, 'v2', 'deploy')).toEqual(done);
  const info = await sandbox.platform.record();
  expect(info.active_version).toBe(name);
  expect([info.slots!.blue, info.slots!.green].sort()).toEqual(['v2', name].sort());
  expect(info.versions.find(({ version }) => version === 'v2')!.status).toBe('standby');
  expect((await sandbox.platform.deployments()).filter(({ to }) => to === name)).toHaveLength(1);

  const back = await sandbox.platform.makeLive('rollback', 'v2', name, 'back');
  expect(back).toMatchObject({ kind: 'rollback', from: name, to: 'v2', incident: 'INC-2026-0001' });
  expect((await sandbox.platform.health()).active_version).toBe('v2');
});

test('new traffic is scored by the version that is active', async () => {
  const [candidate] = (await sandbox.platform.record()).versions.slice(-1);
  await sandbox.platform.makeLive('deploy', candidate!.version, 'v2', 'deploy-again');
  const { at } = (await sandbox.platform.deployments()).at(-1)!;
  const window = { from: at, to: '2100-01-01T00:00:00Z' };
  const deadline = Date.now() + 10_000;
  let n = 0;
  while (n === 0 && Date.now() < deadline) {
    await sandbox.tick();
    const scope = { model: 'classifier', version: candidate!.version, window };
    n = (await sandbox.warehouse.predictionOutcomes(scope)).value.n;
  }
  expect(n).toBeGreaterThan(0);
});

test('too few labelled rows: 422 with the counts', async () => {
  const late = new Date(Date.now() - 60_000).toISOString();
  const refused = await rejection(sandbox.platform.train(late, 'late'));
  expect(refused.status).toBe(422);
  expect(refused.message).toMatch(/20000 labelled rows since .* there are \d+ labelled rows/);
});

test('predictions take whole rows of numbers', async () => {
  const features = Object.fromEntries((await sandbox.platform.record()).features.map((name) => [name, 0]));
  const fraud = { ...features, V14: -4, V17: -4 };
  const { status, body } = await sandbox.post('/models/classifier/predict', {
    rows: [{ features }, { features: fraud }],
  });
  expect(status).toBe(200);
  expect((body as { predictions: { prediction: number }[] }).predictions.map((p) => p.prediction)).toEqual([
    0, 1,
  ]);
  const { V3: _dropped, ...partial } = features;
  const refused = await sandbox.post('/models/classifier/predict', { rows: [{ features: partial }] });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).toContain('V3');
});

test.each([
  ['/models/classifier/training/trigger', '{"since":', {}, 400],
  ['/models/classifier/training/trigger', { since: 'now', by: 'x' }, { 'idempotency-key': 'a' }, 400],
  [
    '/models/other/training/trigger',
    { since: '2026-01-01T00:00:00Z', by: 'x' },
    { 'idempotency-key': 'a' },
    404,
  ],
  ['/models/classifier/training/trigger', { since: '2026-01-01T00:00:00Z', by: 'x' }, {}, 400],
  ['/models/classifier/training/none/stop', {}, { 'idempotency-key': 'a' }, 404],
  ['/models/classifier/deploy', { version: 'v1' }, { 'idempotency-key': 'a' }, 400],
  [
    '/models/classifier/rollback',
    { version: 'v9', expected_active: 'v2', by: 'x' },
    { 'idempotency-key': 'a' },
    404,
  ],
  ['/simulate/upstream_change', { features: { V14: { scale: 2 } }, colour: 'red' }, {}, 422],
  ['/simulate/upstream_change', { features: { V99: { scale: 2 } } }, {}, 422],
  ['/simulate/upstream_change', { start: '2030-01-01T00:00:00Z' }, {}, 422],
  ['/simulate/training', { outcome: 'maybe' }, {}, 422],
  ['/simulate/upstream_change', { model: 'other' }, {}, 422],
  ['/simulate/upstream_change', { model: 'chargeback', features: { V14: { scale: 2 } } }, {}, 422],
  ['/simulate/slow_model', { pipeline: 'accounts' }, {}, 422],
  ['/simulate/noise', { kind: 'schema_bump', pipeline: 'accounts' }, {}, 422],
  ['/simulate/bad_weather', {}, {}, 404],
  ['/nowhere', {}, {}, 404],
])('POST %s with %j is a problem', async (path, body, headers, status) => {
  const answer = await sandbox.post(path, body, headers);
  expect(answer.status).toBe(status);
  expect(answer.type).toContain('application/problem+json');
  expect((answer.body as { detail: string }).detail).not.toBe('');
});

test('a platform that is down, or answers in another shape, is an error worth a retry', async () => {
  const down = await rejection(connect('http://127.0.0.1:9').platform.health());
  expect(down).toMatchObject({ status: null, permanent: false });
  expect(down.message).toContain('127.0.0.1:9');
});

test('reset brings healthy traffic, v2 and working training back', async () => {
  const answer = await sandbox.post('/simulate/reset', {});
  expect(answer.status).toBe(200);
  const info = await sandbox.platform.record();
  expect(info.active_version).toBe('v2');
  const drift = await sandbox.platform.drift();
  expect(drift.aggregate).toBeLessThan(0.05);
  expect(
    (await sandbox.platform.pipelines.list([{ pipeline: 'transactions', job: null }]))[0]!.schema_version,
  ).toBe('7.2');
});
