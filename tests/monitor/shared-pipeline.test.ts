import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { raiseAlerts } from '../../activities/monitor/raise-alerts.ts';
import type { Alert } from '../../src/domain/alert.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { policiesOf } from '../support/memory-platform.ts';

const T0 = Date.parse('2026-02-28T14:00:00Z');
const MINUTE = 60_000;
const policy = Policy.parse({
  components: {
    classifier: { model: 'classifier', pipelines: { transactions: null, accounts: { features: ['V1'] } } },
    chargeback: { model: 'chargeback', pipelines: { orders: null, accounts: { features: ['age'] } } },
  },
});

let store: Store;
let delivered: string[];
let alerts: Alert[];
let down: string | null;
beforeEach(() => {
  store = openSqliteStore(':memory:');
  alerts = [];
  down = null;
});
afterEach(() => store.close());

type Seen = Partial<Record<string, Measurement['state']>>;

const measured = (minute: number, seen: Seen): Measurement[] =>
  Object.entries(seen).map(([name, state]) => {
    const [rule, subject] = name.split(' ') as [Measurement['rule'], string | undefined];
    const at = (from: number) => new Date(T0 + from * MINUTE).toISOString();
    return {
      rule,
      state: state!,
      ...(subject && { subject }),
      value: 0.45,
      threshold: 0.3,
      window: { from: at(minute - 60), to: at(minute) },
      samples: {},
      numbers: {},
      query: '',
      text: `${name} is ${state}`,
    };
  });

/** One poll of both; answers what was delivered, as `component rule status`. */
async function poll(minute: number, classifier: Seen, chargeback: Seen): Promise<string[]> {
  delivered = [];
  const activity = raiseAlerts({
    store,
    intake: {
      deliver: async (batch) => {
        if (batch.some(({ affected_component }) => affected_component === `${down}_v2`))
          throw new Error('Temporal is away');
        alerts.push(...batch);
        for (const { affected_component, labels, status } of batch)
          delivered.push(`${affected_component} ${labels.rule} ${status}`);
      },
    },
    policies: policiesOf(policy),
    now: () => new Date(T0 + minute * MINUTE),
  });
  const found = Object.entries({ classifier, chargeback }).map(([component, seen]) => ({
    component,
    activeVersion: 'v2',
    measurements: measured(minute, seen),
  }));
  await new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') })
    .run(activity, {
      group: 'default',
      at: new Date(T0 + minute * MINUTE).toISOString(),
      found,
      failures: [],
      succeeded: true,
    })
    .catch(() => undefined);
  return delivered;
}

const nulls = { 'data_quality accounts': 'firing' } as const;
const calm = { 'data_quality accounts': 'clear', accuracy_drop: 'clear' } as const;

test('a fault of a shared pipeline is told once, by the first component it feeds, which names the others', async () => {
  expect(await poll(0, nulls, { ...nulls, accuracy_drop: 'firing' })).toEqual([
    'classifier_v2 data_quality firing',
  ]);
  expect(alerts[0]!.summary).toContain('it also feeds chargeback');
  expect(alerts[0]!.labels).toMatchObject({ pipeline: 'accounts', also_feeds: 'chargeback' });
  expect(await poll(1, nulls, nulls)).toEqual([]);
  expect(await poll(2, calm, calm)).toEqual(['classifier_v2 data_quality resolved']);
});

test('what the other component still shows once that is over becomes an alert of its own', async () => {
  await poll(0, nulls, { ...nulls, accuracy_drop: 'firing' });
  expect(await poll(1, calm, { 'data_quality accounts': 'clear', accuracy_drop: 'firing' })).toEqual([
    'classifier_v2 data_quality resolved',
    'chargeback_v2 accuracy_drop firing',
  ]);
});

test.each<[string, Seen, string[]]>([
  ['its own latency', { ...nulls, latency: 'firing' }, ['chargeback_v2 latency firing']],
  ['its own pipeline', { ...nulls, 'volume orders:volume': 'firing' }, ['chargeback_v2 volume firing']],
  ['drift where the pipeline is in order', { model_drift: 'firing' }, ['chargeback_v2 model_drift firing']],
])('a fault of its own is never held back: %s', async (_name, seen, expected) => {
  expect((await poll(0, nulls, seen)).slice(1)).toEqual(expected);
});

test('what began before, or was told before, is not held back', async () => {
  expect(await poll(0, {}, { accuracy_drop: 'firing' })).toEqual(['chargeback_v2 accuracy_drop firing']);
  await poll(1, nulls, { ...nulls, accuracy_drop: 'firing' });
  expect(await poll(12, nulls, { ...nulls, accuracy_drop: 'firing' })).toEqual([
    'classifier_v2 data_quality firing',
    'chargeback_v2 accuracy_drop firing',
  ]);
});

test('when only the second component is struck, or the first cannot be told, the second tells of it', async () => {
  expect(await poll(0, {}, nulls)).toEqual(['chargeback_v2 data_quality firing']);
  down = 'classifier';
  expect(await poll(1, nulls, nulls)).toEqual([]);
  down = null;
  expect(await poll(12, nulls, nulls)).toEqual([
    'classifier_v2 data_quality firing',
    'chargeback_v2 data_quality firing',
  ]);
});
