import type { DatabaseSync } from 'node:sqlite';

/**
 * Runs `work` in one write transaction. IMMEDIATE takes the write lock at once, so that what is read inside cannot be
 * changed by the other process before it is written; without it SQLite answers "busy" instead of waiting.
 */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk or an I/O error rolls back by itself; a second ROLLBACK would hide the cause.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** The next number of a named counter, from 1. Call it inside a transaction. */
export function nextNumber(db: DatabaseSync, name: string): number {
  const row = db
    .prepare(
      'INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value',
    )
    .get(name) as { value: number };
  return row.value;
}

/** The UTC day of a moment, `2026-02-28`. */
export function utcDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}
