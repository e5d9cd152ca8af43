import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sampleEvent } from '../../../tests/store/samples.ts';
import { openingView } from '../../../workflows/investigation/opening.ts';
import type { Store } from '../port.ts';
import { openSqliteStore } from './store.ts';

const ID = 'INV-0123456789ab';
const view = openingView(
  {
    investigationId: ID,
    question: 'why?',
    component: 'classifier',
    askedBy: 'ana',
    askedAt: '2026-02-28T14:40:00.000Z',
  },
  `investigation-test-${ID}`,
  'run-1',
);
const patch = (version: number, run_id = 'run-1') => ({ investigation_id: ID, run_id, version });

let store: Store;
beforeEach(async () => {
  store = openSqliteStore(':memory:');
  await store.openInvestigation(view);
});
afterEach(() => store.close());

test('a record that is sent again, late or out of order changes nothing', async () => {
  await store.recordInvestigation({ ...patch(1), status: 'running' }, [sampleEvent(), sampleEvent()]);
  await store.recordInvestigation({ ...patch(2), waiting_for: 'x' }, [sampleEvent({ what: 'diagnose' })]);
  await store.recordInvestigation({ ...patch(2), waiting_for: 'x' }, [sampleEvent({ what: 'diagnose' })]);
  await store.recordInvestigation({ ...patch(1), status: 'failed' }, [sampleEvent(), sampleEvent()]);
  expect(await store.investigation(ID)).toEqual({ ...view, status: 'running', waiting_for: 'x', version: 2 });
  const events = await store.investigationEvents(ID);
  expect(events.map(({ id, event }) => [id, event.type === 'progress' && event.what])).toEqual([
    [1, 'check_drift'],
    [2, 'check_drift'],
    [3, 'diagnose'],
  ]);
  expect(await store.investigationEvents(ID, 2)).toEqual([events[2]]);
});

test('a run that was reset records from its own first version on', async () => {
  await store.recordInvestigation({ ...patch(5), status: 'answered', finished_at: view.asked_at }, []);
  await store.recordInvestigation({ ...patch(2, 'run-2'), status: 'running', finished_at: null }, [
    sampleEvent(),
  ]);
  expect(await store.investigation(ID)).toMatchObject({ status: 'running', run_id: 'run-2', version: 2 });
  expect(await store.investigations({ finished: false })).toHaveLength(1);
});

test('opening it again keeps what was recorded; recording what was never opened is an error', async () => {
  await store.recordInvestigation({ ...patch(1), status: 'answered', finished_at: view.asked_at }, []);
  await store.openInvestigation(view);
  expect(await store.investigation(ID)).toMatchObject({ status: 'answered' });
  expect(await store.investigations({ finished: false })).toEqual([]);
  expect(await store.investigations({ component: 'payments' })).toEqual([]);
  await expect(store.recordInvestigation({ ...patch(1), investigation_id: 'INV-0' }, [])).rejects.toThrow(
    'expected an opened investigation, got INV-0',
  );
});

test('an attempt is replaced by whoever holds the newest one alone', async () => {
  const say = (attempt: number) => store.addToAnswer(ID, { type: 'piece', attempt, text: 'x' });
  const first = await store.beginAnswer(ID, 'x');
  const second = await store.beginAnswer(ID, 'x', first);
  expect(second).toBe(2);
  expect(await store.beginAnswer(ID, 'x', first)).toBeNull();
  expect([await say(first), await say(second!)]).toEqual([false, true]);
});
