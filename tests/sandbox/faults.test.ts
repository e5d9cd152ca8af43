import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pino from 'pino';
import { FAULTS } from '../../src/sandbox/faults/index.ts';
import { type Observed, observables } from './observables.ts';
import { openSandbox, TOKEN } from './support.ts';

const HOUR = 3_600_000;
const present = Date.UTC(2026, 0, 15, 12, 7);
const iso = (at: number) => new Date(at).toISOString();
let sandbox: Awaited<ReturnType<typeof openSandbox>>;
let lines = '';
const log = pino(
  { level: 'trace' },
  new Writable({
    write(chunk, _encoding, done) {
      lines += String(chunk);
      done();
    },
  }),
);

beforeAll(async () => {
  sandbox = await openSandbox({ trafficPerSecond: 4, now: () => present, log });
});
afterAll(() => sandbox.close());

type Name = keyof typeof FAULTS;
/** Parameters near the defaults, with values that nothing else has; and what they move. */
const CASES: [name: Name, parameters: object, moved: Observed[]][] = [
  [
    'upstream_change',
    { features: { V14: { scale: 1.18731, shift: 1.05371 }, V17: { scale: 1.15717, shift: 0.89173 } } },
    ['drift', 'f1_down', 'schema_changed'],
  ],
  ['source_outage', { share: 0.83713, end: iso(present + 4_321_000) }, ['drift', 'nulls']],
  ['seasonal_shift', { magnitude: 1.13791, ramp: 231.717 }, ['drift', 'gradual']],
  ['concept_drift', { share: 0.41733, ramp: 17.3133 }, ['f1_down']],
  ['training_data_corruption', { share: 0.47391 }, ['f1_down', 'deployed', 'training_off']],
  ['training_data_corruption', { labels: 'added', share: 0.13717 }, ['f1_down', 'deployed', 'training_off']],
  ['model_regression', { features: { V14: { scale: 2.73513, shift: 0.13731 } } }, ['f1_down', 'deployed']],
  ['pipeline_failure', { share: 0.73513 }, ['volume_low', 'runs_failed']],
  [
    'pipeline_failure',
    { share: 0.83717, runs: 'missing', start: iso(present - 4 * HOUR) },
    ['volume_low', 'runs_missing'],
  ],
  ['duplicate_load', { times: 3 }, ['volume_high', 'runs_repeated', 'rows_repeated']],
  ['traffic_surge', { factor: 2.91373, ramp: 2.31713 }, ['volume_high', 'latency', 'servers_full', 'queue']],
  ['resource_saturation', { taken: 0.67131, ramp: 4.13713 }, ['latency', 'servers_full', 'queue']],
  ['resource_saturation', { resource: 'memory' }, ['latency', 'servers_full', 'queue']],
  ['resource_saturation', { resource: 'replicas', lost: 2 }, ['latency', 'servers_full', 'queue']],
  ['slow_model', { slowdown: 17.31313, cost: 1.27131 }, ['latency', 'deployed']],
  [
    'attack_wave',
    { share: 0.16373, features: { amount: { mean: -0.91373, sd: 0.14731 } } },
    ['flagged_up', 'positives_up'],
  ],
];
/** Words that are the systems' own. */
const COMMON_WORDS = ['features', 'share', 'replicas', 'memory', 'model_size_mb', 'batch_size'];

function textsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'number' && Number.isInteger(value) ? [] : [String(value)];
  }
  return Object.entries(value).flatMap(([key, part]) => [
    ...(Array.isArray(value) || /^(V\d+|amount)$/.test(key) ? [] : [key]),
    ...(/^(V\d+|amount)$/.test(String(part)) ? [] : textsOf(part)),
  ]);
}

/** All that the outside world says of the time since `start`: values of the tables, answers of the platform, its log. */
async function everythingSaid(since: string): Promise<string> {
  const tables = ['PREDICTION_LOGS', 'MODEL_METRICS', 'DATA_QUALITY', 'PIPELINE_RUNS'].map(async (table) => {
    const answer = await fetch(`${sandbox.url}/sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ sql: `SELECT * FROM ${table} WHERE timestamp >= '${since}'` }),
    });
    expect(answer.status).toBe(200);
    const rows = (await answer.text()).split('\n').filter(Boolean);
    if (table === 'PREDICTION_LOGS') expect(rows.length).toBeGreaterThan(1_000);
    return rows.map((row) => Object.values(JSON.parse(row) as object).join(' ')).join('\n');
  });
  const ofModels = ['classifier', 'chargeback'].flatMap((model) =>
    ['health', 'drift', 'metrics/aggregate', 'infrastructure', 'training'].map(
      (path) => `/models/${model}/${path}`,
    ),
  );
  const runs = `/pipelines/transactions/runs?from=${since}&to=${iso(present)}`;
  const addresses = ['/health', '/models', '/metrics', '/pipelines', runs, ...ofModels].map(async (path) => {
    const answer = await fetch(sandbox.url + path);
    expect([path, answer.status]).toEqual([path, 200]);
    return await answer.text();
  });
  return [...(await Promise.all([...tables, ...addresses])), lines].join('\n');
}

test.each(CASES)(
  '%s %j moves what it should and nothing else, and is named nowhere',
  async (name, given, moved) => {
    expect((await sandbox.post('/simulate/reset', {})).status).toBe(200);
    lines = '';
    const knobs = { ...given, label_delay: 31.71317, live_rows_per_second: 6.13713 };
    const answer = await sandbox.post(`/simulate/${name}`, knobs);
    expect(answer.status).toBe(200);
    expect(await observables(sandbox, present)).toEqual(moved);

    const everything = await everythingSaid((answer.body as { started_at: string }).started_at);
    const words = Object.keys((FAULTS[name].parameters as unknown as { shape: object }).shape);
    const texts = [...textsOf(knobs), ...words].filter((text) => !COMMON_WORDS.includes(text));
    const named = new RegExp(name.split('_').join('[\\s_-]*'), 'i');
    expect(everything.match(named)).toBeNull();
    expect(everything).not.toMatch(/simulat|sandbox/i);
    for (const text of texts) {
      const word = new RegExp(`(?<![\\w.-])${text.replaceAll('.', '\\.')}(?!\\w)`);
      if (everything.includes(text)) expect([text, everything.match(word)]).toEqual([text, null]);
    }
  },
);

test('after all of them a reset leaves nothing of any', async () => {
  expect((await sandbox.post('/simulate/reset', {})).status).toBe(200);
  expect(await observables(sandbox, present)).toEqual([]);
  const runs = await sandbox.warehouse.pipelineRuns(['transactions'], {
    from: iso(present - 14 * 24 * HOUR),
    to: iso(present),
  });
  expect(runs.value.map(({ timestamp }) => timestamp)).toEqual(
    Array.from({ length: 14 * 24 }, (_, i) => iso(present - (present % HOUR) - (14 * 24 - 1 - i) * HOUR)),
  );
  expect(await sandbox.platform.deployments()).toHaveLength(2);
});

test.each([
  ['upstream_change', { colour: 'red' }, 'colour'],
  ['upstream_change', { share: 0 }, 'share'],
  ['source_outage', { features: ['V99'] }, 'features'],
  ['seasonal_shift', { features: ['V1'] }, 'features'],
  ['seasonal_shift', { magnitude: 30 }, 'magnitude'],
  ['concept_drift', { ramp: -1 }, 'ramp'],
  ['training_data_corruption', { labels: 'mixed' }, 'labels'],
  ['model_regression', { features: {} }, 'features'],
  ['pipeline_failure', { runs: 'slow' }, 'runs'],
  ['duplicate_load', { times: 1 }, 'times'],
  ['traffic_surge', { factor: 0.5 }, 'factor'],
  ['resource_saturation', { resource: 'disk' }, 'resource'],
  ['slow_model', { batch_size: 1.5 }, 'batch_size'],
  ['attack_wave', { share: 0.01 }, 'share'],
  ['attack_wave', { start: iso(present + 1000) }, 'start'],
  ['slow_model', { start: iso(present - 7 * HOUR) }, 'start'],
])('%s with %j is refused with the name of the field', async (name, parameters, field) => {
  const answer = await sandbox.post(`/simulate/${name}`, parameters);
  expect(answer.status).toBe(422);
  expect((answer.body as { detail: string }).detail).toContain(field);
});
