import type { TimeWindow } from '../measurement.ts';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

/** Weeks of batches that the expected volume is taken from. */
export const VOLUME_WEEKS = 4;

/**
 * Records to expect in a window: for each hour of the week that it overlaps, the median over the last `VOLUME_WEEKS` weeks
 * of that hour's records, times the share of the hour that the window covers. A batch is stamped when it was complete, so an
 * hour's batches are those after its start and up to its end. Only hours after the first known batch count; null when some
 * overlapped hour has none.
 */
export function expectedCount(
  batches: readonly { timestamp: string; record_count: number }[],
  window: TimeWindow,
): number | null {
  if (batches.length === 0) return null;
  const times = batches.map((batch) => Date.parse(batch.timestamp));
  const first = Math.min(...times);
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
  let expected = 0;
  for (let hour = Math.floor(from / HOUR) * HOUR; hour < to; hour += HOUR) {
    const counts: number[] = [];
    for (let week = 1; week <= VOLUME_WEEKS; week++) {
      const start = hour - week * WEEK;
      if (start < first) break;
      counts.push(
        batches.reduce(
          (acc, batch, i) =>
            times[i]! > start && times[i]! <= start + HOUR ? acc + batch.record_count : acc,
          0,
        ),
      );
    }
    if (counts.length === 0) return null;
    expected += median(counts) * ((Math.min(to, hour + HOUR) - Math.max(from, hour)) / HOUR);
  }
  return expected;
}

/** The middle value, or the mean of the two middle ones. @throws RangeError for no values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('expected at least one value, got none');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
