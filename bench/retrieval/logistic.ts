/** Weights of a logistic regression, in the order of its features, and its constant. */
export interface Fit {
  weights: number[];
  constant: number;
}

const RIDGE = 0.01;
const STEPS = 20_000;

/**
 * Logistic regression by gradient descent over standardised features, both classes with equal weight however many they
 * are, with a little ridge so that classes which are apart give finite weights. @returns weights of the raw features
 */
export function fitLogistic(rows: readonly { features: readonly number[]; positive: boolean }[]): Fit {
  const count = rows[0]!.features.length;
  const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const columns = Array.from({ length: count }, (_, i) => rows.map(({ features }) => features[i]!));
  const centers = columns.map(mean);
  const spreads = columns.map((values, i) => Math.sqrt(mean(values.map((v) => (v - centers[i]!) ** 2))) || 1);
  const points = rows.map(({ features, positive }) => ({
    x: features.map((value, i) => (value - centers[i]!) / spreads[i]!),
    y: positive ? 1 : 0,
    share: 0.5 / rows.filter((row) => row.positive === positive).length,
  }));
  const weights = new Array<number>(count).fill(0);
  let constant = 0;
  for (let step = 0; step < STEPS; step++) {
    const slope = weights.map((weight) => RIDGE * weight);
    let level = 0;
    for (const { x, y, share } of points) {
      const sum = x.reduce((total, value, i) => total + value * weights[i]!, constant);
      const error = share * (1 / (1 + Math.exp(-sum)) - y);
      level += error;
      for (let i = 0; i < count; i++) slope[i]! += error * x[i]!;
    }
    for (let i = 0; i < count; i++) weights[i]! -= slope[i]!;
    constant -= level;
  }
  const raw = weights.map((weight, i) => weight / spreads[i]!);
  return { weights: raw, constant: raw.reduce((sum, weight, i) => sum - weight * centers[i]!, constant) };
}
