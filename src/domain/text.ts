/** Numbers, times and lists for sentences. */

/** `V14`, `V14 and V17`, `V14, V17 and V3`; with more than `most`, the rest is counted. */
export function list(items: readonly string[], most = 4): string {
  if (items.length > most) return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** Like `list`, but a single name that is left over stands in full in place of "1 more". */
export const listNames = (names: readonly string[], most = 5) =>
  list(names, names.length === most + 1 ? names.length : most);

/** Stands for a number that is missing or not finite. */
const UNKNOWN = 'an unknown number';

/** 90012 → "90,012". */
export function count(n: number): string {
  if (!Number.isFinite(n)) return UNKNOWN;
  return Math.round(n)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** 0.0512 → "5.1 %"; by default whole percents from 10 % on. */
export function percent(share: number, digits = share < 0.1 ? 1 : 0): string {
  return Number.isFinite(share * 100) ? `${(share * 100).toFixed(digits)} %` : UNKNOWN;
}

/** 0.4512 → "0.45". */
export function fixed(value: number | null, digits = 2): string {
  return Number.isFinite(value) ? value!.toFixed(digits) : UNKNOWN;
}

/** The later of two ISO times. */
export const later = (a: string, b: string) => (Date.parse(a) >= Date.parse(b) ? a : b);
/** The earlier of two ISO times. */
export const earlier = (a: string, b: string) => (Date.parse(a) <= Date.parse(b) ? a : b);

/** `2026-11-23 08:05 UTC` */
export const minute = (iso: string) => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** Text that others wrote, made harmless for a sentence: one line, no markup, short. */
export function quote(text: string, most = 100): string {
  const line = text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[`*_[\]<>|"]/g, '')
    .trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
