import { z } from 'zod';

/** The draws that a value of a scenario may be (draw.ts), each as the one key of an object. */
export interface Draw {
  between: [number, number];
  whole: [number, number];
  one_of: unknown[];
  some_of: { of: unknown[]; count: [number, number]; each?: unknown };
}

const inOrder = ([low, high]: [number, number]) => low <= high;
/** `[a, b]` of a `{between: [a, b]}`. */
export const Range = z
  .tuple([z.number(), z.number()])
  .refine(inOrder, { error: 'expected two numbers [a, b] with a ≤ b' });
const Whole = z.tuple([z.int(), z.int()]).refine(inOrder);

/** By kind: what may stand there, and that in words. */
const KINDS: Record<keyof Draw, [z.ZodType, string]> = {
  between: [Range, 'two numbers [a, b] with a ≤ b'],
  whole: [Whole, 'two whole numbers [a, b] with a ≤ b'],
  one_of: [z.array(z.unknown()).min(1), 'a list with at least one item'],
  some_of: [
    z
      .strictObject({ of: z.array(z.unknown()), count: Whole, each: z.unknown().optional() })
      .refine(({ of, count: [least, most] }) => least >= 1 && most <= of.length),
    '{of: [...], count: [a, b]} with 1 ≤ a ≤ b ≤ items to choose from, and perhaps each',
  ],
};

const kindOf = (value: object): keyof Draw | null => {
  const [key, ...more] = Object.keys(value);
  return more.length === 0 && key !== undefined && Object.hasOwn(KINDS, key) ? (key as keyof Draw) : null;
};

/** The first draw within a value that could not be drawn, by where it stands and what was expected there; null: none. */
export function badDraw(value: unknown, path: string[] = []): { path: string[]; message: string } | null {
  if (typeof value !== 'object' || value === null) return null;
  const kind = Array.isArray(value) ? null : kindOf(value);
  if (kind) {
    const [schema, expected] = KINDS[kind];
    const given = (value as Draw)[kind];
    if (!schema.safeParse(given).success)
      return { path: [...path, kind], message: `expected ${expected}, got ${JSON.stringify(given)}` };
  }
  for (const [name, inner] of Object.entries(value)) {
    const bad = badDraw(inner, [...path, name]);
    if (bad) return bad;
  }
  return null;
}

/** No whole number comes of it between two of the few that a parameter takes: the golden section. */
const BETWEEN = 0.618;

/**
 * Values that may be drawn, so that what refuses none of them refuses no draw: each number at both ends of its range and once
 * between them, each item of each list. Fields are varied together, not in all combinations: what a fault takes is limited
 * field by field. The draws must be sound, see `badDraw`.
 */
export function extremes(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  if (Array.isArray(value)) return together(value.map(extremes));
  const kind = kindOf(value);
  const given = value as Draw;
  switch (kind) {
    case 'between': {
      const [low, high] = given.between;
      return [low, high, low + BETWEEN * (high - low)];
    }
    case 'whole':
      return given.whole;
    case 'one_of':
      return given.one_of.flatMap(extremes);
    case 'some_of': {
      const { of, count, each } = given.some_of;
      const turned = of.map((_, i) => [...of.slice(i), ...of.slice(0, i)]);
      const chosen = count.flatMap((n) => turned.map((items) => items.slice(0, n)));
      return chosen.flatMap((items) =>
        extremes(each === undefined ? items : Object.fromEntries(items.map((item) => [String(item), each]))),
      );
    }
    case null: {
      const names = Object.keys(value);
      const all = together(Object.values(value).map(extremes));
      return all.map((values) => Object.fromEntries(names.map((name, i) => [name, values[i]])));
    }
    default: {
      const never: never = kind;
      return never;
    }
  }
}

/** As many lists as the longest has alternatives, each with the next alternative at every place. */
function together(places: unknown[][]): unknown[][] {
  const most = Math.max(1, ...places.map(({ length }) => length));
  return Array.from({ length: most }, (_, k) => places.map((all) => all[k % all.length]));
}
