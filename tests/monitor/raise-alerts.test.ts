import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { raiseAlerts } from '../../activities/monitor/raise-alerts.ts';
import type { Alert } from '../../src/domain/alert.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import { headlinesOf } from '../../src/domain/triggers/alert.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { policiesOf } from '../support/memory-platform.ts';

const T0 = Date.parse('2026-02-28T14:00:00Z');
const MINUTE = 60_000;
const policy = Policy.parse({ components: { classifier: { model: 'classifier' } } });

let store: Store;
let delivered: Alert[][];
let down: boolean;
beforeEach(() => {
  store = openSqliteStore(':memory:');
  delivered = [];
  down = false;
});
afterEach(() => store.close());

const measured = (
  rule: Measurement['rule'],
  state: Measurement['state'],
  minute: number,
  value = 0.45,
): Measurement => ({
  rule,
  state,
  value,
  threshold: 0.3,
  window: {
    from: new Date(T0 + (minute - 60) * MINUTE).toISOString(),
    to: new Date(T0 + minute * MINUTE).toISOString(),
  },
  samples: { current: 10_000 },
  numbers: rule === 'model_drift' ? { drift_score: value } : { certain_drop: value },
  query: 'SELECT 1',
  text: `${rule} ${value}`,
});

/** Runs one poll of the given minute as Temporal would. */
function poll(minute: number, measurements: Measurement[], more: { store?: Store } = {}): Promise<string[]> {
  const activity = raiseAlerts({
    store: more.store ?? store,
    intake: {
      deliver: async (alerts) => {
        if (down) throw new Error('Temporal is away');
        delivered.push(alerts);
      },
    },
    policies: policiesOf(() => policy),
    now: () => new Date(T0 + minute * MINUTE),
  });
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(activity, {
    group: 'default',
    at: new Date(T0 + minute * MINUTE).toISOString(),
    found: [
      { component: 'classifier', activeVersion: 'v2', measurements, headlines: headlinesOf(measurements) },
    ],
    failures: [],
    succeeded: true,
  });
}

test('one fault is one batch, the worst first, each alert with its measurement and the headlines of the poll', async () => {
  const f1 = measured('accuracy_drop', 'firing', 0, 0.35);
  const ids = await poll(0, [f1, measured('model_drift', 'firing', 0)]);
  expect(ids).toEqual(['alert_2026-02-28_002', 'alert_2026-02-28_001']);
  expect(delivered).toHaveLength(1);
  expect(delivered[0]).toMatchObject([
    {
      alert_type: 'model_drift',
      severity: 'critical',
      affected_component: 'classifier_v2',
      fingerprint: 'model_drift:classifier',
    },
    { alert_type: 'accuracy_drop', severity: 'warning', metrics: { drift_score: 0.45 }, measurement: f1 },
  ]);
});

test('an episode has one alert id from raising to resolving; the next episode has another', async () => {
  const sent: string[] = [];
  const states = ['firing', 'firing', 'clear', 'clear', 'firing'] as const;
  for (const [minute, state] of states.entries()) {
    sent.push((await poll(minute, [measured('model_drift', state, minute)])).join());
  }
  expect(sent).toEqual(['alert_2026-02-28_001', '', 'alert_2026-02-28_001', '', 'alert_2026-02-28_002']);
  expect(delivered.map(([alert]) => alert!.status)).toEqual(['firing', 'resolved', 'firing']);
  expect(delivered[1]![0]).toMatchObject({ severity: 'info', starts_at: new Date(T0).toISOString() });
});

test('while it fires it is sent again after ten minutes under the same id', async () => {
  for (let minute = 0; minute <= 10; minute++)
    await poll(minute, [measured('model_drift', 'firing', minute)]);
  expect(delivered.map(([alert]) => alert!.alert_id)).toEqual([
    'alert_2026-02-28_001',
    'alert_2026-02-28_001',
  ]);
});

test('what could not be delivered is sent by the next poll under the id it was accepted with', async () => {
  down = true;
  await expect(poll(0, [measured('model_drift', 'firing', 0)])).rejects.toThrow('Temporal is away');
  await expect(poll(1, [measured('model_drift', 'firing', 1)])).rejects.toThrow('Temporal is away');
  down = false;
  expect(await poll(2, [measured('model_drift', 'firing', 2)])).toEqual(['alert_2026-02-28_001']);
  expect(await poll(3, [measured('model_drift', 'firing', 3)])).toEqual([]);
  down = true;
  await expect(poll(4, [measured('model_drift', 'clear', 4)])).rejects.toThrow('Temporal is away');
  down = false;
  await poll(5, [measured('model_drift', 'clear', 5)]);
  expect(delivered.flat().map((alert) => `${alert.alert_id} ${alert.status}`)).toEqual([
    'alert_2026-02-28_001 firing',
    'alert_2026-02-28_001 resolved',
  ]);
});

test('a crash after delivery sends the same alert id again, never another', async () => {
  const crashing: Store = {
    ...store,
    saveMonitorState: async (component, state) => {
      if (delivered.length > 0) throw new Error('killed');
      await store.saveMonitorState(component, state);
    },
  };
  const measurements = [measured('model_drift', 'firing', 0)];
  await expect(poll(0, measurements, { store: crashing })).rejects.toThrow('killed');
  await poll(0, measurements);
  expect(delivered.flat().map((alert) => alert.alert_id)).toEqual([
    'alert_2026-02-28_001',
    'alert_2026-02-28_001',
  ]);
});

test('a quiet poll calls nobody', async () => {
  expect(await poll(0, [measured('model_drift', 'clear', 0, 0.1)])).toEqual([]);
  expect(delivered).toEqual([]);
});
