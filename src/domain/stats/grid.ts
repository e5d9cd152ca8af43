/**
 * Where values are counted: a number line in 2,048 places, fine around `center` and ever wider outwards, like the tails of
 * most distributions. A value finds its place by arithmetic, which a warehouse does many times faster than a search among
 * edges.
 */
export interface Grid {
  center: number;
  /** Half of the places on either side of `center` lie within this distance; positive. */
  spread: number;
}

// Called millions of times: looking Math up globally would be most of it where tests run in a context of their own.
const { abs, ceil, floor, max, min } = Math;

/** Places of a grid, numbered from 0. */
export const PLACES = 2_048;
/** The lowest place is CENTER_PLACE + ⌈−SCALE⌉ = 0, the highest CENTER_PLACE + ⌈SCALE⌉ = 2,047. */
export const SCALE = PLACES / 2 - 0.5;
/** The place whose upper end is `center`: of a value that many rows share, it holds nothing above. */
export const CENTER_PLACE = PLACES / 2 - 1;

/**
 * The place of a finite value, 0..2047: CENTER_PLACE + ⌈SCALE · d / (spread + |d|)⌉ with d = value − center, the softsign
 * function. It rises with the value: a place is an interval open below and closed above. SQL takes the same steps in the
 * same order on the same doubles, so the two agree to the last bit.
 */
export function placeOf({ center, spread }: Grid, value: number): number {
  const distance = value - center;
  return CENTER_PLACE + ceil((distance / (spread + abs(distance))) * SCALE);
}

/** The value at which a place ends: the highest in it, but for rounding. Infinite for the last place, and before the first. */
export function endOf({ center, spread }: Grid, place: number): number {
  const share = (place - CENTER_PLACE) / SCALE;
  return abs(share) < 1 ? center + (spread * share) / (1 - abs(share)) : share * Number.POSITIVE_INFINITY;
}

/** So many of the quantiles, evenly chosen, are enough to compare grids by; every third of them is tried as the center. */
const COMPARED = 99;
const CENTERS = 3;
/** A center of at most this, and a spread of at most twice as much, add up with the largest double without overflow. */
const LARGEST = 2 ** 968;

/**
 * The grid over which a sample's values share places least, of those centered on one of its quantiles with a spread that
 * reaches to another. Without two different values, the finest around the only one, so that whatever differs is elsewhere.
 * @param quantiles ascending, at evenly spaced probabilities; none: a grid around 0
 */
export function fitGrid(quantiles: readonly number[]): Grid {
  const step = max(1, floor((quantiles.length + 1) / (COMPARED + 1)));
  const values = quantiles
    .filter((_, i) => (i + 1) % step === 0)
    .map((value) => max(-LARGEST, min(LARGEST, value)));
  const distinct = values.filter((value, i) => value !== values[i - 1]);
  if (distinct.length === 0) return { center: 0, spread: 1 };
  const times = distinct.map((value) => values.lastIndexOf(value) - values.indexOf(value) + 1);
  const center = distinct[0]!;
  let best: Grid = { center, spread: max(abs(center) * Number.EPSILON, 2 ** -1022) };
  let least = Number.POSITIVE_INFINITY;
  for (const center of new Set(values.filter((_, i) => i % CENTERS === 0)))
    for (const value of distinct) {
      const grid = { center, spread: abs(value - center) };
      const shared = grid.spread > 0 ? sharing(grid, distinct, times) : Number.POSITIVE_INFINITY;
      if (shared < least) [best, least] = [grid, shared];
    }
  return best;
}

/**
 * How many of the values share a place with each, summed: between two neighbours that are w places apart, about 1/w, and not
 * more than half of all. A value that stands for many shares its place with what comes above, unless it is the center, or
 * the next value is further away than there are values.
 */
function sharing({ center, spread }: Grid, distinct: readonly number[], times: readonly number[]): number {
  const most = COMPARED / 2;
  let sum = 0;
  let below = Number.NaN;
  for (let i = 0; i < distinct.length; i++) {
    const distance = distinct[i]! - center;
    const at = (distance / (spread + abs(distance))) * SCALE;
    if (i > 0) {
      const shared = 1 / (at - below);
      sum += shared < most ? shared : most;
      if (times[i - 1]! > 1 && distinct[i - 1] !== center) sum += times[i - 1]! * min(COMPARED * shared, 1);
    }
    below = at;
  }
  return sum;
}
