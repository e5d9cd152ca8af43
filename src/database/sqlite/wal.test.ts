import type { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { useWal } from './wal.ts';

/** A connection that answers as SQLite does: with these codes first, then well. */
function answering(...codes: number[]) {
  const asked: string[] = [];
  const exec = (sql: string) => {
    asked.push(sql);
    const errcode = codes.shift();
    if (errcode !== undefined) throw Object.assign(new Error('database is locked'), { errcode });
  };
  return { db: { exec } as unknown as DatabaseSync, asked };
}

test('waits while another process turns WAL on for the same file', () => {
  const { db, asked } = answering(5, 5);
  useWal(db);
  expect(asked).toHaveLength(3);
});

test('any other answer is an error at once', () => {
  const { db, asked } = answering(26);
  expect(() => useWal(db)).toThrow('database is locked');
  expect(asked).toHaveLength(1);
});
