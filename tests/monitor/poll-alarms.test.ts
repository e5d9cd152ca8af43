import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { raiseAlerts } from '../../activities/monitor/raise-alerts.ts';
import type { Alert } from '../../src/domain/alert.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import { type PollFailure, type PollRecord, pollRecordKey } from '../../src/domain/poll-record.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { RaiseRequest } from '../../workflows/contracts/monitor.ts';
import { policiesOf } from '../support/memory-platform.ts';

const NOW = Date.parse('2026-02-27T14:00:00Z');
const MINUTE = 60_000;
const iso = (time: number) => new Date(time).toISOString();
const names = Array.from({ length: 50 }, (_, i) => `team-${i}`);
const policy = Policy.parse({
  components: Object.fromEntries(names.map((name) => [name, { model: 'classifier' }])),
});

let store: Store;
let delivered: Alert[];
beforeEach(() => {
  store = openSqliteStore(':memory:');
  delivered = [];
});
afterEach(() => store.close());

type Deliver = Parameters<typeof raiseAlerts>[0]['intake']['deliver'];

/** Runs `raise_alerts` as Temporal would. */
function run(
  request: RaiseRequest,
  deliver: Deliver = async (alerts) => void delivered.push(...alerts),
): Promise<string[]> {
  const activity = raiseAlerts({
    store,
    intake: { deliver },
    policies: policiesOf(policy),
    now: () => new Date(NOW),
  });
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(activity, request);
}

/** One poll's alarms, with these failures. */
function raise(minute: number, failures: PollFailure[], succeeded = true): Promise<string[]> {
  const at = iso(NOW + minute * MINUTE);
  const found = names.map((component) => ({ component, activeVersion: 'v2', measurements: [] }));
  return run({ group: 'default', at, found, failures, succeeded });
}

const away: PollFailure = { tool: 'check_drift', message: 'connection refused', components: names };

test('one cause that keeps a tool from all components is one warning, and is over when it measures again', async () => {
  await raise(0, []);
  expect(delivered).toEqual([]);
  await raise(1, [away], false);
  await raise(2, [away], false);
  expect(delivered).toMatchObject([
    {
      alert_type: 'data_quality',
      severity: 'warning',
      status: 'firing',
      affected_component: 'team-0_v2',
      fingerprint: 'data_quality:team-0:check_drift',
      metrics: { components: 50 },
      labels: { rule: 'monitoring', tool: 'check_drift' },
      summary:
        'check_drift cannot measure team-0, team-1, team-2, team-3, team-4 and 45 more: connection refused; clears when check_drift measures again',
    },
  ]);
  await raise(3, []);
  expect(delivered.slice(1)).toMatchObject([
    { status: 'resolved', affected_component: 'team-0_v2', summary: 'check_drift measures team-0 again' },
  ]);
  await raise(4, []);
  expect(delivered).toHaveLength(2);
});

test('a cause of a few of them is theirs, and a tool that fails says nothing of the others', async () => {
  const some = { ...away, components: ['team-7', 'team-9'] };
  await raise(0, [some, { tool: 'query_snowflake', message: 'no table', components: ['team-3'] }]);
  expect(delivered.map((alert) => alert.fingerprint).sort()).toEqual([
    'data_quality:team-3:query_snowflake',
    'data_quality:team-7:check_drift',
  ]);
  delivered = [];
  // The first is measured again, the second not yet: it has its own warning now.
  await raise(1, [{ ...some, components: ['team-9'] }]);
  expect(delivered.map((alert) => `${alert.status} ${alert.fingerprint}`).sort()).toEqual([
    'firing data_quality:team-9:check_drift',
    'resolved data_quality:team-3:query_snowflake',
    'resolved data_quality:team-7:check_drift',
  ]);
});

test('that a poll took place is kept, once however often it is told', async () => {
  await raise(0, []);
  await raise(0, []);
  await raise(1, [away], false);
  expect(await store.document<PollRecord>(pollRecordKey('default'))).toEqual({
    at: iso(NOW + MINUTE),
    succeeded_at: iso(NOW),
    succeeded: 1,
    failed: 1,
    tool_failures: { check_drift: 1 },
    failures: [away],
  });
});

test('a component whose alerts cannot be delivered holds back no other’s, and the poll is told again', async () => {
  const deliver: Deliver = async (alerts) => {
    if (alerts[0]!.affected_component === 'team-1_v2') throw new Error('Temporal is away');
    delivered.push(...alerts);
  };
  const each = ['team-1', 'team-2'].map((name) => ({ ...away, message: name, components: [name] }));
  const found = ['team-1', 'team-2'].map((component) => ({
    component,
    activeVersion: 'v2',
    measurements: [],
  }));
  const request: RaiseRequest = { group: 'default', at: iso(NOW), found, failures: each, succeeded: true };
  await expect(run(request, deliver)).rejects.toThrow('Temporal is away');
  expect(delivered.map((alert) => alert.affected_component)).toEqual(['team-2_v2']);
  expect(await store.document(pollRecordKey('default'))).toBeNull();
});
