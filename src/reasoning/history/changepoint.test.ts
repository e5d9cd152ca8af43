import { expect, test } from '@jest/globals';
import { randomStream } from '../../sandbox/random.ts';
import { levelChange } from './changepoint.ts';

const START = Date.parse('2026-11-22T12:00:00.000Z');
/** A day in buckets of ten minutes with noise of standard deviation 0.1. */
function series(seed: string, value: (i: number) => number, weight = (_: number) => 100) {
  const random = randomStream('changepoint', seed);
  return Array.from({ length: 144 }, (_, i) => ({
    at: new Date(START + i * 600_000).toISOString(),
    value: value(i) + 0.1 * random.normal(),
    weight: weight(i),
  }));
}
const seeds = Array.from({ length: 50 }, (_, i) => `${i}`);

test.each([138, 72, 5])('finds a step at bucket %i, and calls it abrupt', (step) => {
  for (const seed of seeds) {
    const change = levelChange(series(seed, (i) => (i < step ? 0 : 1)));
    expect(change).toMatchObject({ at: new Date(START + step * 600_000).toISOString(), abrupt: true });
    expect(change!.after - change!.before).toBeCloseTo(1, 0);
  }
});

test('a slope is gradual', () => {
  for (const seed of seeds)
    expect(levelChange(series(seed, (i) => Math.max(0, i - 60) / 60))?.abrupt).toBe(false);
});

test('a slope that has come to its end is gradual too, long or short', () => {
  for (const seed of seeds) {
    for (const rise of [8, 20, 40])
      expect(levelChange(series(seed, (i) => Math.min(1, Math.max(0, i - 60) / rise)))?.abrupt).toBe(false);
  }
});

test('noise alone, constants and short series have no onset', () => {
  const alarms = seeds.filter((seed) => levelChange(series(seed, () => 0.5)) !== null);
  expect(alarms).toEqual([]);
  expect(levelChange(series('c', () => 0).map((point) => ({ ...point, value: 3 })))).toBeNull();
  expect(levelChange(series('s', (i) => i).slice(0, 5))).toBeNull();
});

test('points without value or weight do not count', () => {
  const points = series('gaps', (i) => (i < 100 ? 0 : 1)).map((point, i) =>
    i % 3 === 0 ? { ...point, value: Number.NaN } : i % 7 === 0 ? { ...point, value: 99, weight: 0 } : point,
  );
  expect(levelChange(points)).toMatchObject({ at: points[100]!.at });
});
