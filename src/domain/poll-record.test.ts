import { expect, test } from '@jest/globals';
import { type PollFailure, recordPoll } from './poll-record.ts';

const at = (minute: number) => `2026-02-28T14:0${minute}:00.000Z`;
const away: PollFailure = { tool: 'check_drift', message: 'away', components: ['a', 'b'] };

test('a record counts polls and causes, keeps the last success, and tells of the last poll alone', () => {
  const first = recordPoll(null, { at: at(0), succeeded: true, failures: [away] });
  const second = recordPoll(first, {
    at: at(1),
    succeeded: false,
    failures: [away, { ...away, message: 'other' }],
  });
  expect(second).toEqual({
    at: at(1),
    succeeded_at: at(0),
    succeeded: 1,
    failed: 1,
    tool_failures: { check_drift: 3 },
    failures: [away, { ...away, message: 'other' }],
  });
  expect(recordPoll(second, { at: at(2), succeeded: true, failures: [] })).toMatchObject({
    succeeded_at: at(2),
    failures: [],
    tool_failures: { check_drift: 3 },
  });
});

test('a poll that is told twice counts once', () => {
  const first = recordPoll(null, { at: at(0), succeeded: true, failures: [away] });
  expect(recordPoll(first, { at: at(0), succeeded: true, failures: [away] })).toBe(first);
});
