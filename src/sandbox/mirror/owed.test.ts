import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { beginCopy, type Change, merged, owe } from './owed.ts';

const change = fc
  .record({
    table: fc.constantFrom('A', 'B'),
    from: fc.nat(20_000),
    length: fc.integer({ min: 1, max: 5_000 }),
  })
  .map(({ table, from, length }): Change => ({ table, from, to: from + length }));

/** The seconds that changes touch. */
const seconds = (changes: readonly Change[]) =>
  new Set(
    changes.flatMap(({ table, from, to }) => {
      const first = Math.floor(from / 1000);
      return Array.from({ length: Math.ceil(to / 1000) - first }, (_, i) => `${table} ${first + i}`);
    }),
  );

test('merged changes are the same seconds, each once, with a gap between any two of a table', () => {
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const result = merged(changes);
      const listed = result.flatMap((one) => [...seconds([one])]);
      expect(listed.length).toBe(new Set(listed).size);
      expect(new Set(listed)).toEqual(seconds(changes));
      for (const [i, next] of result.entries()) {
        const last = result[i - 1];
        if (last?.table === next.table) expect(next.from).toBeGreaterThan(last.to);
      }
      expect(merged(result)).toEqual(result);
    }),
  );
});

test('what a copy under way and what came since owe is copied by the next, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(change), fc.array(change), fc.array(change), (first, meanwhile, later) => {
      const empty = { target: 't', owed: [], copying: [] };
      const begun = beginCopy(owe(empty, first));
      expect(begun.owed).toEqual([]);
      const cutShort = owe(owe(begun, meanwhile), later);
      expect(seconds(beginCopy(cutShort).copying)).toEqual(seconds([...first, ...meanwhile, ...later]));
      expect(beginCopy({ ...cutShort, copying: [] }).copying).toEqual(merged([...meanwhile, ...later]));
    }),
  );
});
