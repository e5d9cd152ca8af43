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
  /** A step explains the series at least as well as a ramp that begins somewhere. */
  abrupt: boolean;
}

/** How many standard errors apart the levels must be. The split is the best of many, hence more than the usual 2 to 3. */
const MIN_SEPARATION = 5;
const MIN_SIDE = 3;

/** Weighted sums up to a point, from which the squared error of any stretch around its own mean follows in O(1). */
function prefixSums(points: readonly SeriesPoint[]) {
  let [w, wy, wyy] = [0, 0, 0];
  const sums = [{ w, wy, wyy }];
  for (const { value, weight } of points) {
    w += weight;
    wy += weight * value;
    wyy += weight * value * value;
    sums.push({ w, wy, wyy });
  }
  return (from: number, to: number) => {
    const [a, b] = [sums[from]!, sums[to]!];
    const weight = b.w - a.w;
    const sum = b.wy - a.wy;
    return { weight, mean: sum / weight, error: Math.max(0, b.wyy - a.wyy - (sum * sum) / weight) };
  };
}

/** Squared error of the best line that is flat up to a knot and rises or falls steadily after it. */
function rampError(points: readonly SeriesPoint[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (let knot = 0; knot < points.length - MIN_SIDE; knot++) {
    let [w, x1, x2, y1, xy, yy] = [0, 0, 0, 0, 0, 0];
    points.forEach(({ value, weight }, i) => {
      const x = Math.max(0, i - knot);
      w += weight;
      x1 += weight * x;
      x2 += weight * x * x;
      y1 += weight * value;
      xy += weight * x * value;
      yy += weight * value * value;
    });
    const spread = x2 - (x1 * x1) / w;
    const covariance = xy - (x1 * y1) / w;
    best = Math.min(best, yy - (y1 * y1) / w - (spread > 0 ? covariance ** 2 / spread : 0));
  }
  return best;
}

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
    const error = stretch(0, i).error + stretch(i, points.length).error;
    if (error < stepError) [split, stepError] = [i, error];
  }
  const [left, right] = [stretch(0, split), stretch(split, points.length)];
  // Variance per unit of weight, then the standard error of the difference of the two weighted means.
  const variance = stepError / (points.length - 2);
  const standardError = Math.sqrt(variance * (1 / left.weight + 1 / right.weight));
  const gap = Math.abs(right.mean - left.mean);
  if (gap === 0 || gap < MIN_SEPARATION * standardError) return null;
  return {
    at: points[split]!.at,
    before: left.mean,
    after: right.mean,
    abrupt: stepError <= rampError(points) * 1.0001,
  };
}
