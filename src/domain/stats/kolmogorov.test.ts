import { expect, test } from '@jest/globals';
import { kolmogorovTail, oneSampleTail } from './kolmogorov.ts';

test('the Kolmogorov tail has its tabled values, and both series meet', () => {
  expect(kolmogorovTail(1)).toBeCloseTo(0.2699997, 6);
  expect(kolmogorovTail(1.3581)).toBeCloseTo(0.05, 4);
  expect(kolmogorovTail(1.6276)).toBeCloseTo(0.01, 4);
  expect(kolmogorovTail(1.1799999)).toBeCloseTo(kolmogorovTail(1.1800001), 6);
  expect(kolmogorovTail(0)).toBe(1);
  expect(kolmogorovTail(0.1)).toBeCloseTo(1, 9);
  expect(kolmogorovTail(40)).toBe(0);
});

test('one sample has the critical values of the published table', () => {
  // Miller, JASA 51 (1956), table 1: two-sided 5 % and 1 %.
  expect(oneSampleTail(0.40925, 10)).toBeCloseTo(0.05, 5);
  expect(oneSampleTail(0.48893, 10)).toBeCloseTo(0.01, 5);
  expect(oneSampleTail(0.18841, 50)).toBeCloseTo(0.05, 4);
  expect(oneSampleTail(0.13403, 100)).toBeCloseTo(0.05, 4);
});

test('one value is as far from its law as a throw of a coin says, and no sample is closer than half a step', () => {
  for (const d of [0.5, 0.6, 0.75, 0.9, 1]) expect(oneSampleTail(d, 1)).toBeCloseTo(2 * (1 - d), 12);
  for (const n of [1, 2, 10, 1_000, 1_000_000]) expect(oneSampleTail(0.5 / n, n)).toBe(1);
});

test('where one method hands over to the next, the tail has no step to speak of', () => {
  const meet = (n: number, d: number) => {
    const [before, after] = [oneSampleTail(d * (1 - 1e-9), n), oneSampleTail(d * (1 + 1e-9), n)];
    expect(Math.abs(before - after)).toBeLessThan(5e-6);
  };
  for (const n of [20, 140]) meet(n, Math.sqrt(4 / n));
  for (const n of [141, 5_000, 2_000_000]) meet(n, Math.sqrt(2.2 / n));
  for (const n of [141, 1_000, 100_000]) meet(n, (1.4 / n) ** (2 / 3));
  for (const [n, d] of [
    [140, 0.1],
    [100_000, 0.003],
    [1_000_000, 0.002],
  ] as const)
    expect(Math.abs(oneSampleTail(d, n) - oneSampleTail(d * Math.sqrt(n / (n + 1)), n + 1))).toBeLessThan(
      2e-4,
    );
});

test('many values approach the limit law', () => {
  for (const lambda of [0.5, 0.8, 1.2, 1.6])
    expect(oneSampleTail(lambda / Math.sqrt(1e12), 1e12)).toBeCloseTo(kolmogorovTail(lambda), 5);
});
