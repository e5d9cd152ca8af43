import type { TimeWindow } from '../measurement.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** Weeks of batches that the expected volume is taken from. */
export const VOLUME_WEEKS = 4;
/** With fewer weeks than this one fault among them is half of what is known, or all of it. */
const SETTLED_WEEKS = 3;

/** Records to expect in a window. */
export interface ExpectedCount {
  /** The median of what the same time of earlier weeks brought. */
  count: number;
  /** The two middle ones of those weeks; the median itself when their number is odd. */
  middle: [number, number];
  /** The least and the most that may as well be called normal; both near `count` when traffic is steady and weeks agree. */
  low: number;
  high: number;
  /** Weeks that were looked at. */
  weeks: number;
}

/**
 * Records to expect in a window: the median of what the same time of the week brought in each of the last `VOLUME_WEEKS`
 * weeks. A batch is stamped when it was complete; its records came in since the batch before it, evenly, so that batches of
 * minutes, of hours and of half days all add up.
 *
 * - An outage, a surge or a gap in the reports within the baseline spoils one of its weeks, which moves a median of three or
 *   four little. Of an even number, and of two above all, the median may be either of the middle two: `low` and `high` hold
 *   both, so that an hour whose two weeks disagree by a fault alarms only when it is past the limit for either.
 * - In the first weeks, the seed's two among them, that hour may have been faulty every time it is known: then the same hours of
 *   the days beside it are normal too.
 * - Weeks are of UTC. Where clocks change, people's habits come an hour earlier or later until the baseline has followed: the
 *   hours before and after are normal too, which widens `low` and `high` where traffic is steep and costs nothing where it is flat.
 * - What lies before the first batch or after the last is not known, and such weeks do not count. Null when none is left, as
 *   in the first week of a pipeline.
 * - Rows that are no batch (no time, no count, a negative one) are left out.
 */
export function expectedCount(
  batches: readonly { timestamp: string; record_count: number }[],
  window: TimeWindow,
): ExpectedCount | null {
  const loads = loadsOf(batches);
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
  const usual = middleOf(loads, from, to);
  if (usual === null) return null;
  const beside = usual.weeks < SETTLED_WEEKS ? [-HOUR, HOUR, -DAY, DAY] : [-HOUR, HOUR];
  const shifted = beside.flatMap((by) => middleOf(loads, from + by, to + by) ?? []);
  return {
    count: (usual.low + usual.high) / 2,
    middle: [usual.low, usual.high],
    low: Math.min(usual.low, ...shifted.map((each) => each.low)),
    high: Math.max(usual.high, ...shifted.map((each) => each.high)),
    weeks: usual.weeks,
  };
}

/** Records that came in from < t ≤ to. */
interface Load {
  from: number;
  to: number;
  records: number;
}

/** What came in between one batch and the next, oldest first. Batches of one moment are one. */
function loadsOf(batches: readonly { timestamp: string; record_count: number }[]): Load[] {
  const stamped = new Map<number, number>();
  for (const { timestamp, record_count } of batches) {
    const at = Date.parse(timestamp);
    if (Number.isNaN(at) || !Number.isFinite(record_count) || record_count < 0) continue;
    stamped.set(at, (stamped.get(at) ?? 0) + record_count);
  }
  const sorted = [...stamped].sort(([a], [b]) => a - b);
  return sorted.slice(1).map(([to, records], i) => ({ from: sorted[i]![0], to, records }));
}

/** The two middle values of the weeks that are known throughout the time; null without any. */
function middleOf(
  loads: readonly Load[],
  from: number,
  to: number,
): { low: number; high: number; weeks: number } | null {
  const counts: number[] = [];
  for (let week = 1; week <= VOLUME_WEEKS; week++) {
    const [start, end] = [from - week * WEEK, to - week * WEEK];
    if (!(loads[0] && loads[0].from <= start && end <= loads.at(-1)!.to)) continue;
    const within = loads.filter((load) => load.to > start && load.from < end);
    counts.push(within.reduce((sum, load) => sum + load.records * shareWithin(load, start, end), 0));
  }
  if (counts.length === 0) return null;
  counts.sort((a, b) => a - b);
  return { low: counts[(counts.length - 1) >> 1]!, high: counts[counts.length >> 1]!, weeks: counts.length };
}

function shareWithin(load: Load, start: number, end: number): number {
  return (Math.min(end, load.to) - Math.max(start, load.from)) / (load.to - load.from);
}
