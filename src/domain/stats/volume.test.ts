import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expectedCount } from './volume.ts';

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
const NOW = Date.parse('2026-02-27T14:20:00Z');
const iso = (time: number) => new Date(time).toISOString();
const lastHour = { from: iso(NOW - HOUR), to: iso(NOW) };
/** Batches as loaders stamp them, at their end; `count` is given their start. */
const hourly = (count: (hour: number) => number, weeks = 3, every = HOUR) => {
  const first = Date.parse('2026-02-27T00:00:00Z') - weeks * WEEK;
  return Array.from({ length: Math.floor((NOW - first) / every) }, (_, i) => ({
    timestamp: iso(first + (i + 1) * every),
    record_count: count(first + i * every),
  }));
};
const weeksAgo = (at: number) => (NOW - at) / WEEK;

test('a window over two hours takes its share of each', () => {
  const rows = hourly((at) => (new Date(at).getUTCHours() === 14 ? 3_000 : 600));
  const expected = expectedCount(rows, lastHour)!;
  expect(expected.count).toBeCloseTo(600 * (40 / 60) + 3_000 / 3, 6);
  expect(expected.middle).toEqual([expected.count, expected.count]);
  expect(expected.weeks).toBe(3);
});

test('one bad week of three does not move the median, whether nothing came or three times as much', () => {
  for (const bad of [0, 2_700]) {
    const rows = hourly((at) => (weeksAgo(at) < 1.5 ? bad : 900));
    expect(expectedCount(rows, lastHour)).toMatchObject({ count: 900, low: 900, high: 900 });
  }
});

test('of two weeks that disagree by a fault either may be normal', () => {
  // The first fault lies within the baseline of a history as short as the seed's.
  const rows = hourly((at) => (weeksAgo(at) < 1.5 ? 0 : 900), 2);
  expect(expectedCount(rows, lastHour)).toMatchObject({ middle: [0, 900], low: 0, high: 900, weeks: 2 });
});

test('the only known week may be the faulty one, which the days beside it tell', () => {
  const once = (bad: number) => hourly((at) => (Math.abs(weeksAgo(at) - 1) < 0.1 ? bad : 900), 1.5);
  expect(expectedCount(once(2_700), lastHour)).toMatchObject({ count: 2_700, low: 900, weeks: 1 });
  expect(expectedCount(once(0), lastHour)).toMatchObject({ count: 0, high: 900, weeks: 1 });
  const settled = hourly((at) => (Math.floor(at / (24 * HOUR)) % 2 ? 900 : 300), 4);
  expect(expectedCount(settled, lastHour)).toMatchObject({
    low: expect.closeTo(300),
    high: expect.closeTo(900),
  });
});

test('hours without a report are spread over by the batch after them, and spoil one week only', () => {
  const gap = (at: string) => weeksAgo(Date.parse(at)) > 0.9 && weeksAgo(Date.parse(at)) < 1.1;
  const rows = hourly(() => 900, 4).filter(({ timestamp }) => !gap(timestamp));
  expect(expectedCount(rows, lastHour)).toMatchObject({ count: 900, low: 900, high: 900 });
});

test('batches of minutes, of hours and of half days add up to the same', () => {
  for (const every of [HOUR / 6, HOUR, 12 * HOUR]) {
    const rows = hourly(() => (every / HOUR) * 300, 3, every);
    expect(expectedCount(rows, lastHour)?.count).toBeCloseTo(300, 6);
  }
});

test('before the first batch and after the last nothing is known', () => {
  const rows = hourly(() => 300, 1, HOUR / 6);
  expect(expectedCount(rows, lastHour)?.weeks).toBe(1);
  expect(expectedCount(rows.slice(-10), lastHour)).toBeNull();
  expect(expectedCount([], lastHour)).toBeNull();
  // The reports ended two and a half weeks ago: not a week of silence, but one of which nothing is known.
  const ended = hourly(() => 900, 4).filter(({ timestamp }) => weeksAgo(Date.parse(timestamp)) > 2.5);
  expect(expectedCount(ended, lastHour)).toMatchObject({ count: 900, weeks: 2 });
});

test('when clocks change, what the neighbouring hours bring is normal too', () => {
  // Shops open at nine of their own time: from 150 to 1,500 records within an hour.
  const opensAt = (hour: number) => (at: number) => (new Date(at).getUTCHours() >= hour ? 1_500 : 150);
  const rows = hourly(opensAt(14));
  const before = expectedCount(rows, { from: '2026-02-27T13:00:00Z', to: '2026-02-27T14:00:00Z' })!;
  expect(before).toMatchObject({ count: 150, low: 150, high: 1_500 });
  const noon = expectedCount(rows, { from: '2026-02-27T11:00:00Z', to: '2026-02-27T12:00:00Z' })!;
  expect(noon).toMatchObject({ count: 150, low: 150, high: 150 });
});

test('rows that are no batch are left out', () => {
  const rows = hourly(() => 900);
  const odd = [
    { timestamp: 'yesterday', record_count: 5 },
    { timestamp: iso(NOW - WEEK), record_count: Number.NaN },
    { timestamp: iso(NOW - WEEK), record_count: null as unknown as number },
    { timestamp: iso(NOW - WEEK), record_count: -1e9 },
  ];
  expect(expectedCount([...odd, ...rows], lastHour)).toEqual(expectedCount(rows, lastHour));
});

test('at a steady rate any window expects its length', () => {
  const rows = hourly(() => 600);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (minutes) => {
      const window = { from: iso(NOW - minutes * 60_000), to: iso(NOW) };
      expect(expectedCount(rows, window)?.count).toBeCloseTo(minutes * 10, 6);
    }),
  );
});
