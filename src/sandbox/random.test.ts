import { expect, test } from '@jest/globals';
import { binomial, randomStream } from './random.ts';

test('the same labels give the same numbers, others give others', () => {
  const take = (...labels: (string | number)[]) => {
    const random = randomStream(...labels);
    return [random.uniform(), random.normal(), random.normal(), random.uniform()];
  };
  expect(take(1, 'live', 7)).toEqual(take(1, 'live', 7));
  expect(take(1, 'live', 7)).not.toEqual(take(1, 'live', 8));
  expect(take(2, 'live', 7)).not.toEqual(take(1, 'live', 7));
});

test('normals have mean 0, deviation 1, and the tails of a normal', () => {
  const random = randomStream('moments');
  const n = 200_000;
  let sum = 0;
  let squares = 0;
  let far = 0;
  for (let i = 0; i < n; i++) {
    const x = random.normal();
    sum += x;
    squares += x * x;
    if (Math.abs(x) > 1.959964) far++;
  }
  expect(Math.abs(sum / n)).toBeLessThan(0.01);
  expect(Math.abs(squares / n - 1)).toBeLessThan(0.015);
  expect(Math.abs(far / n - 0.05)).toBeLessThan(0.002);
});

test.each([
  [100_000, 0.02],
  [500, 0.01],
  [500, 0.995],
  [10, 0],
  [10, 1],
])('binomial(%i, %f) has its mean and variance', (n, p) => {
  const random = randomStream('binomial', n, p);
  const draws = Array.from({ length: 4000 }, () => binomial(random, n, p));
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
  const sd = Math.sqrt(n * p * (1 - p));
  expect(Math.abs(mean - n * p)).toBeLessThanOrEqual((5 * sd) / Math.sqrt(draws.length) + 0.03);
  expect(Math.abs(variance - sd ** 2)).toBeLessThanOrEqual(0.15 * sd ** 2 + 1e-9);
  expect(draws.every((x) => Number.isInteger(x) && x >= 0 && x <= n)).toBe(true);
});
