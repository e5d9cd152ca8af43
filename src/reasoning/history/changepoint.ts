/** A series over time; `weight` is how many rows stand behind the value. */
export interface SeriesPoint {
  at: string;
  value: number;
  weight: number;
}

export interface LevelChange {
  /** Start of the first bucket on the new level. */
  at: string;
  before: number;
  after: number;
  /** A step explains the series about as well as a rise over half a dozen points or more. */
  abrupt: boolean;
}

/** Standard errors between the two levels, at least. The split is the best of many, hence more than the usual 2 to 3. */
const MIN_SEPARATION = 5;
const MIN_SIDE = 3;

/** Weighted sums of 1, i, i², y, i·y and y² over stretches of a series, i being the point's place: each in O(1). */
function prefixSums(points: readonly SeriesPoint[]) {
  const sums = [[0, 0, 0, 0, 0, 0]];
  points.forEach(({ value: y, weight: w }, i) => {
    const terms = [w, w * i, w * i * i, w * y, w * i * y, w * y * y];
    sums.push(terms.map((term, k) => term + sums[i]![k]!));
  });
  return (from: number, to: number) => {
    const [w, i1, i2, y, iy, yy] = sums[to]!.map((sum, k) => sum - sums[from]![k]!);
    return { w: w!, i1: i1!, i2: i2!, y: y!, iy: iy!, yy: yy! };
  };
}
type Stretch = ReturnType<typeof prefixSums>;

/** Mean of a stretch, and the squared error around it. */
function flat(stretch: Stretch, from: number, to: number) {
  const { w, y, yy } = stretch(from, to);
  return { weight: w, mean: y / w, error: Math.max(0, yy - (y * y) / w) };
}

/** Lengths of a rise, in points: the shortest that differs from a step, and longer ones up to no end. */
const RISES = [6, 12, 24, 48, Number.POSITIVE_INFINITY];

/** Squared error of the best line that is flat up to a knot, rises or falls steadily for a while, and is flat again. */
function rampError(stretch: Stretch, length: number): number {
  const all = stretch(0, length);
  let best = Number.POSITIVE_INFINITY;
  for (let knot = 0; knot < length - MIN_SIDE; knot++) {
    for (const rise of RISES) {
      // x is 0 up to the knot, i − knot on the rise, and `rise` after it.
      const end = Math.min(length, knot + rise);
      const [slope, top] = [stretch(knot, end), stretch(end, length)];
      const height = end - knot;
      const x1 = slope.i1 - knot * slope.w + height * top.w;
      const x2 = slope.i2 - 2 * knot * slope.i1 + knot * knot * slope.w + height * height * top.w;
      const xy = slope.iy - knot * slope.y + height * top.y;
      const spread = x2 - (x1 * x1) / all.w;
      const covariance = xy - (x1 * all.y) / all.w;
      const explained = spread > 0 ? covariance ** 2 / spread : 0;
      best = Math.min(best, all.yy - (all.y * all.y) / all.w - explained);
    }
  }
  return Math.max(0, best);
}

/** By how many variances of the noise a rise must fit better than a step: it is the best of very many. */
const CLEARLY = 12;

/**
 * When a series left its level: the split into two constant levels with the least squared error (the single change point
 * of Killick and Eckley 2014, normal mean). Null when the levels are not clearly apart or a side has too few points.
 */
export function levelChange(series: readonly SeriesPoint[]): LevelChange | null {
  const points = series.filter(({ value, weight }) => Number.isFinite(value) && weight > 0);
  if (points.length < 2 * MIN_SIDE) return null;
  const stretch = prefixSums(points);
  let split = 0;
  let stepError = Number.POSITIVE_INFINITY;
  for (let i = MIN_SIDE; i <= points.length - MIN_SIDE; i++) {
    const error = flat(stretch, 0, i).error + flat(stretch, i, points.length).error;
    if (error < stepError) [split, stepError] = [i, error];
  }
  const [left, right] = [flat(stretch, 0, split), flat(stretch, split, points.length)];
  // Variance per unit of weight, then the standard error of the difference of the two weighted means.
  const variance = stepError / (points.length - 2);
  const standardError = Math.sqrt(variance * (1 / left.weight + 1 / right.weight));
  const gap = Math.abs(right.mean - left.mean);
  if (gap === 0 || gap < MIN_SEPARATION * standardError) return null;
  const ramp = rampError(stretch, points.length);
  return {
    at: points[split]!.at,
    before: left.mean,
    after: right.mean,
    abrupt: stepError - ramp <= (CLEARLY * ramp) / points.length,
  };
}
