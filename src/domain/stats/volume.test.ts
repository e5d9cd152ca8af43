import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expectedCount, median } from './volume.ts';

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
const NOW = Date.parse('2026-02-27T14:20:00Z');
const iso = (time: number) => new Date(time).toISOString();
/** Batches as loaders stamp them, at their end; `count` is given their start. */
const hourly = (count: (hour: number) => number, weeks = 3, every = HOUR) => {
  const first = Date.parse('2026-02-27T00:00:00Z') - weeks * WEEK;
  return Array.from({ length: Math.floor((NOW - first) / every) }, (_, i) => ({
    timestamp: iso(first + (i + 1) * every),
    record_count: count(first + i * every),
  }));
};

test('a window over two hours takes its share of each', () => {
  const rows = hourly((at) => (new Date(at).getUTCHours() === 14 ? 3_000 : 600));
  expect(expectedCount(rows, { from: iso(NOW - HOUR), to: iso(NOW) })).toBeCloseTo(
    600 * (40 / 60) + 3_000 / 3,
    6,
  );
});

test('one bad week does not move the median', () => {
  const rows = hourly((at) => (at > NOW - 1.5 * WEEK ? 0 : 900));
  expect(expectedCount(rows, { from: iso(NOW - HOUR), to: iso(NOW) })).toBeCloseTo(900, 6);
});

test('batches of minutes add up to the hour, and an hour before the first batch is not taken for an empty one', () => {
  const rows = hourly(() => 50, 1, HOUR / 6);
  expect(expectedCount(rows, { from: iso(NOW - HOUR), to: iso(NOW) })).toBeCloseTo(300, 6);
  expect(expectedCount(rows.slice(-10), { from: iso(NOW - HOUR), to: iso(NOW) })).toBeNull();
  expect(expectedCount([], { from: iso(NOW - HOUR), to: iso(NOW) })).toBeNull();
});

test('at a steady rate any window expects its length', () => {
  const rows = hourly(() => 600);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (minutes) => {
      const window = { from: iso(NOW - minutes * 60_000), to: iso(NOW) };
      expect(expectedCount(rows, window)).toBeCloseTo(minutes * 10, 6);
    }),
  );
});

test('the median is the middle, or between the two', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([1, 2, 3, 10])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});
