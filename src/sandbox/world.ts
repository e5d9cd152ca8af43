import type { Random } from './random.ts';

/** The simulated card-payment world of design §10: independent N(0,1) features, and fraud that lies apart from them. */

export const MODEL = 'classifier';
export const PIPELINE = 'transactions';
export const FEATURES: readonly string[] = [...Array.from({ length: 28 }, (_, i) => `V${i + 1}`), 'amount'];
export const FRAUD_SHARE = 0.02;

export const FRAUD_NORM = 4.25;
/** Share of the squared distance between fraud and the rest that each feature carries. */
const WEIGHTS: Record<string, number> = { V14: 0.36, V17: 0.27 };
const REST = (1 - WEIGHTS.V14! - WEIGHTS.V17!) / (FEATURES.length - 2);

/** Mean of each feature among frauds, before any change of the world. */
export const FRAUD_MEANS: readonly number[] = FEATURES.map((feature, i) => {
  const length = FRAUD_NORM * Math.sqrt(WEIGHTS[feature] ?? REST);
  return feature in WEIGHTS || i % 2 === 0 ? -length : length;
});

/** A week's shape of traffic, 0.88 to 1.08: busiest around 15:00 UTC, quieter at weekends. */
export function rhythm(at: number): number {
  const time = new Date(at);
  const hour = time.getUTCHours() + time.getUTCMinutes() / 60;
  const weekend = time.getUTCDay() % 6 === 0 ? 0.96 : 1;
  return weekend * (1 + 0.08 * Math.cos(((hour - 15) / 24) * 2 * Math.PI));
}

/** Rows per second expected at a time, where `base` is the week's level. */
export function rateAt(base: number, at: number): number {
  return base * rhythm(at);
}

export const LATENCY_SIGMA = 0.64;
export const LATENCY_MEDIAN_MS = 18;

/** Serving latency in milliseconds of servers with room left: log-normal, median 18, 99th percentile about 80. */
export function drawLatency(random: Random): number {
  return LATENCY_MEDIAN_MS * Math.exp(LATENCY_SIGMA * random.normal());
}
