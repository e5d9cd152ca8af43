import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CENTER_PLACE, endOf, fitGrid, type Grid, PLACES, placeOf } from './grid.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const usual = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
const grids = fc.record({
  center: usual,
  spread: fc.double({ noNaN: true, min: 1e-9, max: 1e9 }),
});

/** The largest value at most in this place: cells of places are cells of values, with these as edges. */
function upperEnd(grid: Grid, place: number): number {
  let [low, high] = [-Number.MAX_VALUE, Number.MAX_VALUE];
  for (;;) {
    const middle = low / 2 + high / 2;
    if (middle <= low || middle >= high) return low;
    if (placeOf(grid, middle) <= place) low = middle;
    else high = middle;
  }
}

test('every value has a place, the center the one in the middle, and half of the places lie within the spread', () => {
  fc.assert(
    fc.property(grids, finite, (grid, value) => {
      const place = placeOf(grid, value);
      expect(Number.isInteger(place) && place >= 0 && place < PLACES).toBe(true);
      expect(placeOf(grid, grid.center)).toBe(CENTER_PLACE);
    }),
  );
  const grid = { center: 10, spread: 4 };
  expect(placeOf(grid, 14) - CENTER_PLACE).toBe(512);
  expect(CENTER_PLACE - placeOf(grid, 6)).toBe(511);
  expect(placeOf(grid, 10 + Number.EPSILON * 8)).toBe(CENTER_PLACE + 1);
  expect([-Number.MAX_VALUE, Number.MAX_VALUE].map((value) => placeOf(grid, value))).toEqual([0, PLACES - 1]);
});

test('places are intervals of values, open below and closed above', () => {
  fc.assert(
    fc.property(grids, fc.integer({ min: 1, max: PLACES - 2 }), usual, (grid, place, value) => {
      const edge = upperEnd(grid, place);
      expect(placeOf(grid, value) <= place).toBe(value <= edge);
      const scale = Math.abs(grid.center) + Math.abs(edge);
      expect(Math.abs(endOf(grid, place) - edge)).toBeLessThanOrEqual(1e-12 * scale);
    }),
  );
  fc.assert(
    fc.property(grids, usual, usual, (grid, a, b) => {
      expect(placeOf(grid, Math.max(a, b))).toBeGreaterThanOrEqual(placeOf(grid, Math.min(a, b)));
    }),
  );
});

/** Quantiles at .001 … .999 of a distribution, by its inverse. */
const quantilesBy = (inverse: (p: number) => number) =>
  Array.from({ length: 999 }, (_, i) => inverse((i + 1) / 1_000));
const logistic = (p: number) => Math.log(p / (1 - p));

/** The most of 999 quantiles that are different and yet in one place. */
function crowd(quantiles: readonly number[]): number {
  const grid = fitGrid(quantiles);
  const shares = Map.groupBy(quantiles, (value) => placeOf(grid, value)).values();
  return Math.max(...[...shares].map((own) => (new Set(own).size > 1 ? own.length : 0)));
}

test.each<[string, number, (p: number) => number]>([
  ['bell-shaped', 2, logistic],
  ['bell-shaped, far from 0', 2, (p) => 1e9 + logistic(p)],
  ['uniform', 3, (p) => p],
  ['heavy tails (Cauchy)', 2, (p) => Math.tan(Math.PI * (p - 0.5))],
  ['amounts (log-logistic)', 3, (p) => Math.exp(logistic(p))],
  ['amounts over ten orders of magnitude', 30, (p) => Math.exp(2 * logistic(p))],
  ['two groups far apart', 50, (p) => (p < 0.5 ? logistic(2 * p) : 100 + logistic(2 * p - 1 + 1e-9))],
  ['mostly zero', 2, (p) => Math.max(0, p - 0.6)],
  ['now and then zero', 4, (p) => Math.max(0, p - 0.1)],
  [
    'a third without a measurement, as −999999',
    2,
    (p) => (p < 0.33 ? -999_999 : logistic((p - 0.33) / 0.67 + 1e-9)),
  ],
  ['whole numbers', 0, (p) => Math.round(5 * logistic(p))],
  ['yes or no', 0, (p) => Number(p > 0.3)],
  ['always the same', 0, () => 5],
])('a fitted grid keeps apart what differs: %s', (_, most, inverse) => {
  expect(crowd(quantilesBy(inverse))).toBeLessThanOrEqual(most);
});

test('what differs from a constant by the least is in another place', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.boolean(), (value, up) => {
      const grid = fitGrid([value, value, value]);
      const step = Math.max(Math.abs(value) * Number.EPSILON, 2 ** -1022);
      expect(placeOf(grid, value + (up ? step : -step))).not.toBe(placeOf(grid, value));
    }),
  );
});

test('the largest doubles are in the outermost places', () => {
  for (const values of [
    [0, 2 ** 1023],
    [-(2 ** 1023), 1],
    [-Number.MAX_VALUE, -1, 1, Number.MAX_VALUE],
  ]) {
    const places = [-Number.MAX_VALUE, ...values, Number.MAX_VALUE].map((v) => placeOf(fitGrid(values), v));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect([places[0], places.at(-1)]).toEqual([0, PLACES - 1]);
  }
});

test('a grid is fitted to whatever numbers there are', () => {
  fc.assert(
    fc.property(fc.array(finite, { maxLength: 60 }), (values) => {
      const { center, spread } = fitGrid(values.sort((a, b) => a - b));
      expect(Number.isFinite(center) && spread > 0 && Number.isFinite(spread)).toBe(true);
      for (const value of [...values, -Number.MAX_VALUE, Number.MAX_VALUE]) {
        const place = placeOf({ center, spread }, value);
        expect(place >= 0 && place < PLACES).toBe(true);
      }
    }),
  );
  expect(fitGrid([])).toEqual({ center: 0, spread: 1 });
  expect(endOf({ center: 0, spread: 1 }, PLACES - 1)).toBe(Number.POSITIVE_INFINITY);
});
