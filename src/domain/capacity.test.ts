import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { replicasWanted } from './capacity.ts';

test('the same work fills the new number of servers to 60 %; full servers with a queue are doubled', () => {
  expect(replicasWanted({ replicas: 3, cpu: 0.9, queue: 0 })).toBe(5);
  expect(replicasWanted({ replicas: 4, cpu: 0.99, queue: 300 })).toBe(8);
  expect(replicasWanted({ replicas: 4, cpu: 0.3, queue: 0 })).toBe(5);
});

test('it is always more than now and at most twice as many', () => {
  const now = fc.record({
    replicas: fc.integer({ min: 1, max: 32 }),
    cpu: fc.double({ min: 0, max: 1 }),
    queue: fc.nat(),
  });
  fc.assert(
    fc.property(
      now.filter(({ cpu }) => Number.isFinite(cpu)),
      (state) => {
        const wanted = replicasWanted(state);
        expect(wanted).toBeGreaterThan(state.replicas);
        expect(wanted).toBeLessThanOrEqual(state.replicas * 2);
      },
    ),
  );
});
