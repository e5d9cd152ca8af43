import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import type { MeasuringTool } from '../src/domain/tools.ts';
import type { CheckAnswers, CheckRequest, MonitorActivities } from './contracts/monitor.ts';
import { measureNow } from './measure.ts';

const T0 = Date.parse('2026-02-28T14:00:00Z');
const MINUTE = 60_000;
const iso = (minute: number) => new Date(T0 + minute * MINUTE).toISOString();
const answers: CheckAnswers = { classifier: { measurements: [], evidence: [], activeVersion: 'v2' } };

beforeEach(() => {
  jest.useFakeTimers({ now: T0 });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Measures with a check_drift that takes so many minutes each time, and ends with the error if there is one. */
async function measured(minutes: number[], error?: Error) {
  const asked: CheckRequest[] = [];
  const ask = new Proxy({} as Pick<MonitorActivities, MeasuringTool>, {
    get: (_, tool) => async (request: CheckRequest) => {
      if (tool !== 'check_drift') return answers;
      jest.setSystemTime(Date.now() + minutes[asked.push(request) - 1]! * MINUTE);
      // As Temporal ends an activity that fails for good.
      if (error) throw new ActivityFailure('failed', 'check_drift', '1', RetryState.TIMEOUT, 'worker', error);
      return answers;
    },
  });
  const { at, measured: found } = await measureNow(['classifier'], undefined, ask);
  return { at, asked, failures: found.get('classifier')!.failures };
}

test('a poll that no worker was there to run is measured anew when one is back, over windows that end then', async () => {
  const { at, asked, failures } = await measured([3 * 60, 0]);
  expect(asked).toMatchObject([
    { until: iso(0), polled: true },
    { until: iso(180), polled: true },
  ]);
  expect({ at, failures }).toEqual({ at: iso(180), failures: [] });
});

test('it is measured anew once, and not for taking as long as tools may', async () => {
  expect((await measured([30, 30])).asked).toHaveLength(2);
  expect((await measured([1.5])).asked).toHaveLength(1);
});

test('a failure is named by what the activity said, a time-out as what it is', async () => {
  const refused = ApplicationFailure.create({ message: 'connection refused', type: 'WarehouseError' });
  expect((await measured([0], refused)).failures).toEqual([
    { tool: 'check_drift', message: 'connection refused', type: 'WarehouseError' },
  ]);
  expect((await measured([1], new TimeoutFailure('timed out', null, 'HEARTBEAT'))).failures).toEqual([
    { tool: 'check_drift', message: 'no answer in the time it has', type: 'Timeout' },
  ]);
});
