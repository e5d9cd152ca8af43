import { once } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import fc from 'fast-check';
import { monitorActivities } from '../../activities/monitor/index.ts';
import { forPoll } from '../../activities/monitor/slim.ts';
import type { Alert } from '../../src/domain/alert.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import type { MeasuringTool } from '../../src/domain/tools.ts';
import { nextState } from '../../src/domain/triggers/episodes.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { WarehouseError } from '../../src/warehouse/port.ts';
import type { CheckAnswers, CheckResult } from '../../workflows/contracts/monitor.ts';
import { platformDeps, policiesOf } from '../support/memory-platform.ts';
import { HOUR, traffic, VENDOR_CHANGE, world } from '../support/world.ts';

const NOW = Date.parse('2026-02-27T14:00:00Z');
const MINUTE = 60_000;
const iso = (time: number) => new Date(time).toISOString();
const names = Array.from({ length: 50 }, (_, i) => `team-${i}`);

let store: Store;
let w: ReturnType<typeof world>;
let policy: Policy;
let delivered: Alert[];
beforeEach(() => {
  store = openSqliteStore(':memory:');
  w = world(NOW, { seed: 1 });
  w.warehouse.rows.push(...traffic({ seed: 2, n: 3_000, from: NOW - HOUR, to: NOW }));
  policy = Policy.parse({
    components: Object.fromEntries(
      names.map((name) => [name, { model: 'classifier', pipelines: ['transactions'] }]),
    ),
  });
  delivered = [];
});
afterEach(() => {
  jest.useRealTimers();
  store.close();
});

function activities() {
  return monitorActivities({
    warehouse: w.warehouse,
    ...platformDeps(w.platform, store),
    store,
    intake: { deliver: async (alerts) => void delivered.push(...alerts) },
    policies: policiesOf(() => policy),
    now: () => new Date(NOW),
  });
}

/** Runs an activity as Temporal would, its answer through JSON. */
async function run<T>(activity: (...args: never[]) => Promise<T>, request: object): Promise<T> {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return JSON.parse(JSON.stringify(await environment.run(activity as never, request))) as T;
}

const check = (tool: MeasuringTool, request: object = {}): Promise<CheckAnswers> =>
  run(activities()[tool], { components: names, until: iso(NOW), polled: true, ...request });

const resultOf = (answers: CheckAnswers, name: string) => answers[name] as CheckResult;

test('50 components of one model cost the warehouse no more than one', async () => {
  const tools = ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'] as const;
  // The reference of the version is kept after the first poll.
  await check('check_drift');
  for (const tool of tools) {
    w.warehouse.calls.length = 0;
    await check(tool, { components: names.slice(0, 1) });
    const one = [...w.warehouse.calls];
    w.warehouse.calls.length = 0;
    const answers = await check(tool);
    expect(Object.keys(answers)).toEqual(names);
    expect([tool, w.warehouse.calls]).toEqual([tool, one]);
  }
});

test('each component is judged by its own thresholds, over the same rows', async () => {
  w = world(NOW, { seed: 1 });
  w.warehouse.rows.push(...traffic({ seed: 3, n: 9_000, from: NOW - HOUR, to: NOW, change: VENDOR_CHANGE }));
  const components = {
    strict: { model: 'classifier' },
    lax: { model: 'classifier', thresholds: { model_drift: { aggregate_psi: 5 } } },
  };
  policy = Policy.parse({ components });
  const answers = await check('check_drift', { components: ['strict', 'lax'], polled: undefined });
  const states = ['strict', 'lax'].map(
    (name) => resultOf(answers, name).measurements.find((m) => m.rule === 'model_drift')!,
  );
  expect(states.map(({ state, threshold }) => [state, threshold])).toEqual([
    ['firing', 0.3],
    ['clear', 5],
  ]);
  expect(states[0]!.value).toBe(states[1]!.value);
});

test('a component that cannot be measured is answered with its failure, and the others are measured', async () => {
  const answers = await check('query_snowflake', { components: ['team-0', 'payments', 'team-1'] });
  expect(answers.payments).toEqual({
    failure: {
      type: 'UnknownComponent',
      message: expect.stringContaining('"payments" is not in the policy'),
    },
  });
  expect(resultOf(answers, 'team-0').headlines).toHaveProperty('current_f1');
  expect(resultOf(answers, 'team-1')).toEqual(resultOf(answers, 'team-0'));
});

test('what failed for a passing reason is asked once more before it counts as failed', async () => {
  policy = Policy.parse({
    components: { narrow: { model: 'classifier', window: '30m' }, wide: { model: 'classifier' } },
  });
  const drops = (times: number) => {
    const ask = w.warehouse.predictionOutcomes.bind(w.warehouse);
    w.warehouse.predictionOutcomes = async (scope) => {
      const narrow = scope.window.from === iso(NOW - HOUR / 2);
      if (narrow && times-- > 0) throw new WarehouseError('connection dropped', { permanent: false });
      return ask(scope);
    };
  };
  drops(1);
  const components = ['narrow', 'wide'];
  const answers = await check('query_snowflake', { components });
  expect(resultOf(answers, 'narrow').headlines).toHaveProperty('current_f1');
  drops(9);
  expect(await check('query_snowflake', { components })).toMatchObject({
    narrow: { failure: { type: 'WarehouseError', message: 'connection dropped' } },
    wide: { activeVersion: 'v2' },
  });
});

test('a tool that can measure nobody fails: for good only where trying again is no use', async () => {
  w.warehouse.failure = new WarehouseError('connection refused', { permanent: false });
  await expect(check('query_snowflake')).rejects.toMatchObject({ name: 'WarehouseError' });
  w.warehouse.failure = new WarehouseError('wrong password', { permanent: true });
  await expect(check('query_snowflake')).rejects.toMatchObject({
    type: 'WarehouseError',
    nonRetryable: true,
  });
});

test('a source that hangs is given up, its question withdrawn, and not asked again by this poll', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  let withdrawn = 0;
  const asked = Promise.withResolvers<void>();
  w.warehouse.predictionOutcomes = (async (_scope: unknown, signal: AbortSignal) => {
    asked.resolve();
    await once(signal, 'abort');
    withdrawn++;
    throw new WarehouseError(`did not answer: ${signal.reason.message}`, { permanent: false });
  }) as never;
  const asking = expect(check('query_snowflake')).rejects.toMatchObject({
    nonRetryable: true,
    message: 'given up after 45 s: did not answer: it took too long',
  });
  await asked.promise;
  await jest.advanceTimersByTimeAsync(45_000);
  await asking;
  expect(withdrawn).toBe(1);
});

test('what is measured for an incident is answered whole, whoever raised it', async () => {
  const answers = await check('query_snowflake', {
    components: ['team-0'],
    polled: undefined,
    since: iso(0),
  });
  expect(resultOf(answers, 'team-0').measurements.map(({ rule, state }) => [rule, state])).toEqual([
    ['accuracy_drop', expect.any(String)],
    ['latency', 'clear'],
    ['anomaly_spike', 'clear'],
  ]);
});

test('what a poll keeps of its measurements raises and clears exactly what all of them would', () => {
  const state = fc.constantFrom<Measurement['state'][]>(
    'firing',
    'holding',
    'clear',
    'insufficient',
    'unmeasured',
  );
  const rule = fc.constantFrom<Measurement['rule'][]>('model_drift', 'latency', 'accuracy_drop', 'volume');
  const poll = fc.uniqueArray(fc.record({ rule, state }), { selector: (m) => m.rule, minLength: 1 });
  fc.assert(
    fc.property(fc.array(poll, { maxLength: 25 }), fc.integer({ min: 1, max: 3 }), (polls, times) => {
      const options = { for: times, repeatEvery: 5 * MINUTE };
      let all = {};
      let kept = {};
      polls.forEach((rules, minute) => {
        const window = { from: iso(NOW), to: iso(NOW + minute * MINUTE) };
        const measured = rules.map(
          (each): Measurement => ({
            ...each,
            value: 0.5,
            threshold: 0.3,
            window,
            samples: { n: 1 },
            numbers: each.rule === 'model_drift' ? { drift_score: 0.5, psi_V1: 0.1 } : {},
            query: 'SELECT 1',
            text: 'said',
          }),
        );
        const whole = nextState(all, measured, options);
        const slim = nextState(kept, forPoll(measured, kept).measurements, options);
        expect(slim.state).toEqual(whole.state);
        expect(slim.raise).toEqual(whole.raise);
        const said = (episodes: typeof whole.clear) =>
          episodes.map(({ measurement: m, since }) => [m.rule, m.text, since]);
        expect(said(slim.clear)).toEqual(said(whole.clear));
        all = whole.state;
        kept = slim.state;
      });
    }),
  );
});

test('a healthy poll leaves only headline numbers in history, some 150 bytes a component and tool', async () => {
  await check('check_drift');
  const drift = await check('check_drift');
  expect(resultOf(drift, 'team-0')).toEqual({
    measurements: [],
    headlines: { drift_score: expect.any(Number) },
    evidence: [],
    activeVersion: 'v2',
  });
  expect(JSON.stringify(drift).length).toBeLessThan(50 * 150);
});
