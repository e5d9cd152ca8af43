import type { Measurement } from '../measurement.ts';

/** What every rule is told beside its numbers. */
export interface Measured {
  window: Measurement['window'];
  /** The statement that produced the numbers. */
  query: string;
  /** The version whose rows were judged. */
  version: string;
}

/** Firing when past the limit, clear when below the clearing level, holding in between; without enough data neither. */
export function level(is: { enough: boolean; past: boolean; cleared: boolean }): Measurement['state'] {
  if (!is.enough) return 'insufficient';
  if (is.past) return 'firing';
  return is.cleared ? 'clear' : 'holding';
}

const HEAD = 250;
const TAIL = 500;

/** A statement short enough for workflow history: its middle is cut and the cut named; evidence keeps it whole. */
export function shortQuery(query: string): string {
  const text = query.replace(/\s+/g, ' ').trim();
  if (text.length <= HEAD + TAIL + 40) return text;
  return `${text.slice(0, HEAD)} … ${count(text.length - HEAD - TAIL)} characters cut … ${text.slice(-TAIL)}`;
}

/** 90012 → "90,012". */
export function count(n: number): string {
  return Math.round(n)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** 0.0512 → "5.1 %". */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
