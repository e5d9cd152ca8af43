/** Names for people: `a`, `a and b`, `a, b and c`; of many the first `most` and how many more: `a, b, c and 47 more`. */
export function listNames(names: readonly string[], most = 5): string {
  const named = names.length > most + 1 ? names.slice(0, most) : names.slice(0, -1);
  const last = names.length > most + 1 ? `${names.length - most} more` : names.at(-1)!;
  return named.length > 0 ? `${named.join(', ')} and ${last}` : last;
}
