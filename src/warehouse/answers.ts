import { type Row, type Scalar, WarehouseError } from './port.ts';

/** The warehouse answered, but with what cannot be: no count where rows are counted, a number that is none. */
export class UnsoundAnswerError extends WarehouseError {
  override name = 'UnsoundAnswerError';
  constructor(column: string, expected: string, got: Scalar | undefined) {
    const text = typeof got === 'string' && got.length > 60 ? `${got.slice(0, 60)}…` : JSON.stringify(got);
    super(
      `expected ${expected} in the warehouse's column ${column}, got ${Number.isNaN(got) ? 'NaN' : text}`,
      {
        permanent: true,
      },
    );
  }
}

/** The row of a statement that answers exactly one. @throws UnsoundAnswerError */
export function onlyRow(rows: readonly Row[]): Row {
  if (rows.length !== 1) throw new UnsoundAnswerError('(all)', 'one row', rows.length);
  return rows[0]!;
}

/** A number of rows or the like. @throws UnsoundAnswerError for null, NaN, fractions and what is negative */
export function countIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new UnsoundAnswerError(column, 'a count', value);
}

/** A measured number; null where there was nothing to measure: null, NaN and infinities. */
export function numberIn(row: Row, column: string): number | null {
  const value = row[column];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A list of numbers, answered as JSON text. @throws UnsoundAnswerError */
export function numbersIn(row: Row, column: string): number[] {
  const value = row[column];
  try {
    const list: unknown = JSON.parse(value as string);
    if (Array.isArray(list) && list.every((item) => Number.isFinite(item))) return list as number[];
  } catch {
    // Not JSON: said below.
  }
  throw new UnsoundAnswerError(column, 'a JSON list of numbers', value);
}
