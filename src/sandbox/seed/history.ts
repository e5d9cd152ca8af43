import type { SourceChange } from '../changes.ts';
import type { ModelSpec } from '../models.ts';
import { randomStream } from '../random.ts';
import { rateAt } from '../world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The seeded past, in milliseconds since the epoch: two weeks with a change of the source that was taken back. */
export interface History {
  seed: number;
  base: number;
  now: number;
  /** First moment of the history. */
  start: number;
  /** Until here v1's training rows, scored by a hand-written rule. */
  v1At: number;
  /** The source's change, and its reversal. */
  event: SourceChange & { to: number };
  /** Training rows of v2 lie between the event and here. */
  v2TrainedTo: number;
  v2At: number;
  /** From here on every prediction is logged. */
  fullFrom: number;
}

/** Lays a model's history out on whole hours, as seen at `now`. */
export function layOutHistory(spec: ModelSpec, seed: number, base: number, now: number): History {
  const hour = Math.floor(now / HOUR) * HOUR;
  const event: History['event'] = {
    kind: 'source',
    from: hour - 9 * DAY,
    to: hour - 8.25 * DAY,
    share: 1,
    features: spec.defaults.upstream,
  };
  return {
    seed,
    base,
    now,
    start: hour - 14 * DAY,
    v1At: hour - 12.5 * DAY,
    event,
    v2TrainedTo: hour - 3.25 * DAY,
    v2At: hour - 3 * DAY,
    fullFrom: Math.floor((now - 2 * HOUR) / 60_000) * 60_000,
  };
}

/** Ends of the past's full hours, oldest first. */
export function fullHours(history: History): number[] {
  const hours = Math.floor((history.now - history.start) / HOUR);
  return Array.from({ length: hours }, (_, i) => history.start + (i + 1) * HOUR);
}

/** Whether every prediction of the hour that ends here is in the log, so that the hour can be measured. */
export function isLogged(history: History, hourEnd: number): boolean {
  return hourEnd - HOUR >= history.fullFrom;
}

/** How many transactions came in during the hour that ends here, before retention thinned them. */
export function hourlyVolume(history: History, hourEnd: number): number {
  let expected = 0;
  for (let minute = 1; minute <= 60; minute++)
    expected += 60 * rateAt(history.base, hourEnd - minute * 60_000);
  const random = randomStream(history.seed, 'volume', (hourEnd - history.start) / HOUR);
  return Math.max(0, Math.round(expected + Math.sqrt(expected) * random.normal()));
}
