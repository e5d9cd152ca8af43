import type { DatabaseSync } from 'node:sqlite';

/** How long a connection waits for another process; our transactions take well under a millisecond. */
export const BUSY_TIMEOUT_MS = 10_000;
const SQLITE_BUSY = 5;
const PAUSE_MS = 10;

/**
 * Turns on WAL. While another process turns it on for the same new file SQLite answers "busy" at once, whatever the
 * connection's time-out says (its busy handler is not asked where waiting could deadlock), so the waiting is done here.
 * NORMAL under WAL survives a killed process; a power cut may lose the last commits, never the file.
 */
export function useWal(db: DatabaseSync): void {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      return;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
