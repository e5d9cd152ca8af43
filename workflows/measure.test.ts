import { expect, test } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import type { CheckAnswers, CheckRequest, MeasuringTool, MonitorActivities } from './contracts.ts';
import { measureNow } from './measure.ts';

const answers: CheckAnswers = { classifier: { measurements: [], evidence: [], activeVersion: 'v2' } };

/** How Temporal ends an activity that fails for good. */
const ended = (cause: Error) =>
  new ActivityFailure('Activity task failed', 'check_drift', '1', RetryState.TIMEOUT, 'worker', cause);
const timedOut = (type: 'SCHEDULE_TO_CLOSE' | 'START_TO_CLOSE' | 'HEARTBEAT', cause?: Error) =>
  Object.assign(new TimeoutFailure(`activity ${type} timeout`, null, type), { cause });

/** Measures with a check_drift that ends so, once for each error, and answers afterwards. */
async function measured(...errors: Error[]) {
  const asked: CheckRequest[] = [];
  const ask = new Proxy({} as Pick<MonitorActivities, MeasuringTool>, {
    get: (_, tool) => async (request: CheckRequest) => {
      if (tool !== 'check_drift') return answers;
      asked.push(request);
      const error = errors[asked.length - 1];
      if (error) throw ended(error);
      return answers;
    },
  });
  const { at, measured: found } = await measureNow(['classifier'], undefined, ask);
  return { at, asked, failures: found.get('classifier')!.failures };
}

// As the server says it of a worker that was killed, and of one that was not there at all.
const killed = timedOut('SCHEDULE_TO_CLOSE', timedOut('HEARTBEAT'));
const nobody = timedOut('SCHEDULE_TO_CLOSE');

test('that no worker was there to run a tool is no failure of it: all are asked anew, over windows that end then', async () => {
  for (const error of [killed, nobody]) {
    const { at, asked, failures } = await measured(error);
    expect(failures).toEqual([]);
    expect(asked.map(({ until }) => until)).toEqual([expect.any(String), at]);
  }
});

test('a tool that no worker runs the second time either is named', async () => {
  const { asked, failures } = await measured(nobody, killed, killed);
  expect(asked).toHaveLength(2);
  expect(failures).toEqual([
    { tool: 'check_drift', message: 'no worker ran it in the time it has', type: 'Unserved' },
  ]);
});

test('a source that hangs or fails is named at once, by what it said last', async () => {
  const refused = ApplicationFailure.create({ message: 'connection refused', type: 'WarehouseError' });
  const hung = { message: 'no answer in the time it has', type: 'Timeout' };
  const said = { message: 'connection refused', type: 'WarehouseError' };
  for (const [error, failure] of [
    [timedOut('SCHEDULE_TO_CLOSE', timedOut('START_TO_CLOSE')), hung],
    [timedOut('START_TO_CLOSE'), hung],
    [timedOut('SCHEDULE_TO_CLOSE', refused), said],
    [refused, said],
  ] as const) {
    const { asked, failures } = await measured(error);
    expect(asked).toHaveLength(1);
    expect(failures).toEqual([{ tool: 'check_drift', ...failure }]);
  }
});
