import type { Random } from './random.ts';

/** The rhythm of traffic and of serving, the same for every model. */

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
