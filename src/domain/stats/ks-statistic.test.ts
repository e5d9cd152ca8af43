import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ksStatistic } from './ks-statistic.ts';

/** Samples with many ties, and without. */
const values = fc.oneof(fc.integer({ min: -6, max: 6 }), fc.double({ noNaN: true, min: -8, max: 8 }));
const sample = fc.array(values, { minLength: 1, maxLength: 80 });

const shareUpTo = (x: number, of: number[]) => of.filter((value) => value <= x).length / of.length;

test('the KS statistic is the widest gap between the two shares, whatever the order and the side', () => {
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      const d = ksStatistic(a, b);
      expect(d).toBeCloseTo(
        Math.max(...[...a, ...b].map((x) => Math.abs(shareUpTo(x, a) - shareUpTo(x, b)))),
        12,
      );
      expect(ksStatistic(b.toReversed(), a)).toBe(d);
      expect(ksStatistic(a, a.toSorted())).toBe(0);
    }),
  );
});

test('a sample that is empty or holds NaN is refused, and none is changed', () => {
  expect(() => ksStatistic([], [1])).toThrow('got an empty one');
  expect(() => ksStatistic([1, 2], [3, Number.NaN, 4])).toThrow('got one with NaN');
  const given = Float64Array.of(3, 1, 2);
  ksStatistic(given, [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  expect([...given]).toEqual([3, 1, 2]);
});

/** Everything sorted: the definition, at every value. */
function bySorting(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  let [i, j, widest] = [0, 0, 0];
  for (const value of Float64Array.of(...x, ...y).sort()) {
    while (i < x.length && x[i]! <= value) i++;
    while (j < y.length && y[j]! <= value) j++;
    widest = Math.max(widest, Math.abs(i * y.length - j * x.length));
  }
  return widest / (x.length * y.length);
}

test('what is only counted hides nothing: samples of thousands, of every shape, equal the sorted ones', () => {
  const shapes: ((u: number) => number)[] = [
    (u) => u,
    (u) => Math.round(u * 20),
    (u) => Math.max(0, u - 0.6),
    (u) => (u < 0.999 ? u : 1e300),
    (u) => Math.exp(40 * u),
    (u) => 10 ** (600 * u - 300) * (u < 0.5 ? -1 : 1),
    (u) => (u < 0.9 ? 1 + Math.floor(u * 1e4) * Number.EPSILON : u * 1e-9),
    (u) => Math.floor(u * 3_000) * Number.MIN_VALUE,
    (u) => (u < 0.1 ? Number.NEGATIVE_INFINITY : u > 0.8 ? Number.MAX_VALUE : u),
    () => 7,
  ];
  const size = fc.integer({ min: 1, max: 2_500 });
  const shape = fc.constantFrom(...shapes);
  fc.assert(
    fc.property(size, size, shape, fc.nat(3), fc.nat(), (n, m, shaped, shift, seed) => {
      let state = (seed % 2_147_483_646) + 1;
      const uniform = () => {
        state = (state * 48_271) % 2_147_483_647;
        return state / 2_147_483_647;
      };
      const a = Float64Array.from({ length: n }, () => shaped(uniform()));
      const b = Float64Array.from({ length: m }, () => shaped(uniform() ** (1 + shift / 10)));
      expect(ksStatistic(a, b)).toBe(bySorting(a, b));
    }),
    { numRuns: 60 },
  );
});
