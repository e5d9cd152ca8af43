import { expect, test } from '@jest/globals';
import { count, earlier, fixed, later, list, listNames, percent } from './text.ts';

test('few names are all said, of many the first and how many more, never "1 more"', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  expect(names.map((_, i) => listNames(names.slice(0, i + 1), 3))).toEqual([
    'a',
    'a and b',
    'a, b and c',
    'a, b, c and d',
    'a, b, c and 2 more',
    'a, b, c and 3 more',
    'a, b, c and 4 more',
  ]);
});

test('a longer list is cut at its limit and the rest is counted', () => {
  expect(['abcd', 'abcde'].map((letters) => list(letters.split('')))).toEqual([
    'a, b, c and d',
    'a, b, c, d and 1 more',
  ]);
  expect(list([])).toBe('');
});

test('numbers are rounded for people, and a missing one has words', () => {
  expect([count(90_012), percent(0.0512), percent(0.512), percent(0.512, 1), fixed(0.4512)]).toEqual([
    ...['90,012', '5.1 %', '51 %', '51.2 %', '0.45'],
  ]);
  for (const text of [count(Number.NaN), percent(Number.POSITIVE_INFINITY), fixed(null)])
    expect(text).toBe('an unknown number');
});

test('of two times the later and the earlier are found, whatever their form', () => {
  const [noon, one] = ['2026-11-23T12:00:00Z', '2026-11-23T13:00:00.000Z'];
  expect([later(noon, one), later(one, noon), earlier(noon, one)]).toEqual([one, one, noon]);
});
