import { expect, test } from '@jest/globals';
import { listNames } from './text.ts';

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
