import type { Measurement } from '../measurement.ts';
import { count } from '../text.ts';

/** What every rule is told beside its numbers. */
export interface Measured {
  window: Measurement['window'];
  /** The statement that produced the numbers. */
  query: string;
  /** The version whose rows were judged. */
  version: string;
}

/** Everything a rule found, before its state is concluded. */
interface Found extends Pick<Measurement, 'rule' | 'subject' | 'value' | 'threshold' | 'samples' | 'text'> {
  /** Enough data to say anything; past the limit for certain; below the clearing level. */
  is: { enough: boolean; past: boolean; cleared: boolean };
  numbers: Record<string, number | null>;
  /** When it clears, without the verb: `below 0.24 aggregate PSI with at least 500 rows`. */
  clears: string;
}

/**
 * A rule's measurement: firing when past the limit, clear when below the clearing level, holding in between. Without enough data,
 * or with a value or a size that is not a number, it is `insufficient`. Non-finite numbers are dropped: JSON cannot hold them.
 */
export function conclude({ is, clears, ...found }: Found, measured: Measured): Measurement {
  const value = finite(found.value);
  const sized = Object.values(found.samples).every((size) => size >= 0 && Number.isFinite(size));
  return {
    ...found,
    state:
      value === null || !sized || !is.enough
        ? 'insufficient'
        : is.past
          ? 'firing'
          : is.cleared
            ? 'clear'
            : 'holding',
    value,
    samples: finiteOnly(found.samples),
    numbers: finiteOnly(found.numbers),
    window: measured.window,
    query: shortQuery(measured.query),
    clears: `clears ${clears}`,
  };
}

/** The number, or null for what is none: null, NaN, infinite. */
export function finite(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function finiteOnly(numbers: Record<string, number | null>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(numbers).filter((entry): entry is [string, number] => finite(entry[1]) !== null),
  );
}

const HEAD = 250;
const TAIL = 500;

/** A statement short enough for workflow history: its middle is cut and the cut named; evidence keeps it whole. */
export function shortQuery(query: string): string {
  const text = query.replace(/\s+/g, ' ').trim();
  if (text.length <= HEAD + TAIL + 40) return text;
  return `${text.slice(0, HEAD)} … ${count(text.length - HEAD - TAIL)} characters cut … ${text.slice(-TAIL)}`;
}
