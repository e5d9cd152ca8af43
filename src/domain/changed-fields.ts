/** Plain JSON, hence the same where it reads the same. */
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The fields of a record of plain JSON that differ from the version before, as they are now. */
export function changedFields<T extends object>(before: T, after: T): Partial<T> {
  const changed = Object.entries(after).filter(([field, value]) => !same(before[field as keyof T], value));
  return Object.fromEntries(changed) as Partial<T>;
}

/** A copy that later changes do not reach. (The workflow sandbox has no structuredClone.) */
export const copyOf = <T>(record: T): T => JSON.parse(JSON.stringify(record)) as T;
