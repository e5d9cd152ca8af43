/**
 * What can be compared of a column: `number` and `time` by order (times as seconds since 1970), `category` by its levels
 * (text, booleans, enums), `other` (lists, structs, bytes) not at all.
 */
export type Kind = 'number' | 'time' | 'category' | 'other';

const PATTERNS: [Kind, RegExp][] = [
  ['other', /\[|^(STRUCT|MAP|UNION|BLOB|BIT)\b/],
  ['number', /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL|BIGNUM)\b/],
  ['time', /^(DATE|TIME|TIMESTAMP|INTERVAL)/],
];

/** The kind of a column of this DuckDB type. */
export function kindOf(type: string): Kind {
  return PATTERNS.find(([, pattern]) => pattern.test(type))?.[0] ?? 'category';
}
