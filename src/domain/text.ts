/** Numbers, times and lists for sentences. */

/** `V14`, `V14 and V17`, `V14, V17 and V3`; with more than `most`, the rest is counted. */
export function list(items: readonly string[], most = 4): string {
  if (items.length > most) return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** Like `list`, but a single name that is left over stands in full in place of "1 more". */
export const listNames = (names: readonly string[], most = 5) =>
  list(names, names.length === most + 1 ? names.length : most);

export const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
export const fixed = (value: number, digits = 2) => value.toFixed(digits);

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
