import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { kolmogorovTail } from './kolmogorov.ts';
import { adjustedPValues, binnedKs } from './ks.ts';

test('the Kolmogorov tail has its tabled values, and both series meet', () => {
  expect(kolmogorovTail(1)).toBeCloseTo(0.2699997, 6);
  expect(kolmogorovTail(1.3581)).toBeCloseTo(0.05, 4);
  expect(kolmogorovTail(1.6276)).toBeCloseTo(0.01, 4);
  expect(kolmogorovTail(1.1799999)).toBeCloseTo(kolmogorovTail(1.1800001), 6);
  expect(kolmogorovTail(0)).toBe(1);
  expect(kolmogorovTail(0.1)).toBeCloseTo(1, 9);
  expect(kolmogorovTail(40)).toBe(0);
});

test('KS finds the widest gap between the two distributions', () => {
  expect(binnedKs([50, 50, 0], [0, 50, 50]).d).toBeCloseTo(0.5, 12);
  expect(binnedKs([100, 0], [0, 100])).toMatchObject({ d: 1 });
  expect(binnedKs([100, 0], [0, 100]).p).toBeLessThan(1e-20);
});

test('the same shares say nothing, whatever the sizes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_000), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      (cells, k) => {
        const { d, p } = binnedKs(
          cells,
          cells.map((c) => c * k),
        );
        expect(d).toBeCloseTo(0, 12);
        expect(p).toBe(1);
      },
    ),
  );
  expect(binnedKs([0, 0], [5, 5])).toEqual({ d: 0, p: 1, error_bound: 1 });
});

test('Benjamini-Hochberg gives the adjusted values of the paper', () => {
  // The 15 p-values of Benjamini and Hochberg (1995), §3.2: at 5 % the first four are rejected.
  const p = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];
  expect(adjustedPValues(p).filter((q) => q <= 0.05)).toHaveLength(4);
  expect(adjustedPValues(p)[3]).toBeCloseTo((0.0095 * 15) / 4, 10);
});

test('adjusted p-values are never smaller than given, keep the order, and follow their feature', () => {
  const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(pValues, (p) => {
      const q = adjustedPValues(p);
      p.forEach((value, i) => {
        expect(q[i]).toBeGreaterThanOrEqual(value - 1e-12);
        expect(q[i]).toBeLessThanOrEqual(1);
        p.forEach((other, j) => {
          if (value < other) expect(q[i]).toBeLessThanOrEqual(q[j]! + 1e-12);
        });
      });
      expect(adjustedPValues(p.toReversed()).toReversed()).toEqual(q);
    }),
  );
});
