import { expect, test } from '@jest/globals';
import { CAUSES } from '../../src/reasoning/causes/index.ts';
import { FAULTS } from '../../src/sandbox/faults/index.ts';

test('every root cause can be simulated, and every fault has a root cause', () => {
  expect(Object.keys(FAULTS).sort()).toEqual(CAUSES.map(({ name }) => name).sort());
});
