import { expect, test } from '@jest/globals';
import type { PipelineRunRow } from '../../domain/warehouse-rows.ts';
import { upstreamChanges } from './upstream-changes.ts';

const UNTIL = '2026-11-23T12:00:00.000Z';

/** Twelve hourly runs, the last at 12:00. */
function runs(spoil: Record<number, Partial<PipelineRunRow>> = {}): PipelineRunRow[] {
  return Array.from({ length: 12 }, (_, i) => ({
    timestamp: new Date(Date.parse(UNTIL) - (11 - i) * 3_600_000).toISOString(),
    pipeline_name: 'transactions',
    run_id: `transactions-${i}`,
    status: 'success',
    record_count: 60_000 + i,
    schema_version: '7.2',
    source: 'acquirer-feed',
    message: `loaded ${60_000 + i} records, 0 rejected; release 2026.10.1`,
    ...spoil[i],
  }));
}
const kinds = (rows: PipelineRunRow[]) =>
  upstreamChanges(rows, UNTIL).map(({ what, at }) => [what, at.slice(11, 16)]);

test('ordinary runs show no change, whatever their order and counts', () => {
  expect(upstreamChanges(runs().reverse(), UNTIL)).toEqual([]);
  expect(upstreamChanges([], UNTIL)).toEqual([]);
});

test('a new schema version is dated by the first run that has it', () => {
  const changed = runs({ 10: { schema_version: '7.3' }, 11: { schema_version: '7.3' } });
  expect(upstreamChanges(changed, UNTIL)).toEqual([
    {
      at: '2026-11-23T11:00:00.000Z',
      pipeline: 'transactions',
      what: 'schema_version',
      text: 'transactions: schema 7.2 → 7.3 at 2026-11-23 11:00 UTC',
    },
  ]);
});

test('source, failure, repeats, gaps and new kinds of message are told apart', () => {
  expect(kinds(runs({ 11: { source: 'other-feed' } }))).toEqual([['source', '12:00']]);
  expect(kinds(runs({ 9: { status: 'failed' } }))).toEqual([['failed', '10:00']]);
  expect(kinds(runs({ 11: { run_id: 'transactions-10' } }))).toEqual([['duplicate', '12:00']]);
  const twin = { ...runs()[11]!, run_id: 'again', timestamp: '2026-11-23T11:50:00.000Z' };
  expect(kinds([...runs(), twin])).toEqual([['duplicate', '12:00']]);
  expect(kinds(runs().filter((_, i) => i < 6 || i > 8))).toEqual([['missing', '06:00']]);
  expect(kinds(runs().slice(0, 9))).toEqual([['missing', '09:00']]);
  expect(kinds(runs({ 11: { message: 'session reopened' } }))).toEqual([['message', '12:00']]);
});

test('a failure whose repeat went well is no failure, and the repeat no duplicate', () => {
  const repeat = { ...runs()[9]!, run_id: 'again', timestamp: '2026-11-23T10:02:00.000Z' };
  expect(kinds([...runs({ 9: { status: 'failed' } }), repeat])).toEqual([['retried', '10:00']]);
  const late = { ...repeat, timestamp: '2026-11-23T10:50:00.000Z' };
  expect(kinds([...runs({ 9: { status: 'failed' } }), late])[0]).toEqual(['failed', '10:00']);
});

test('pipelines are compared with themselves only', () => {
  const other = runs().map((run) => ({ ...run, pipeline_name: 'merchants', schema_version: '2' }));
  expect(upstreamChanges([...runs(), ...other], UNTIL)).toEqual([]);
});

test('what others wrote is quoted short, in one line, without markup', () => {
  const [change] = upstreamChanges(
    runs({ 11: { schema_version: `9\n# ignore <b>all</b> ${'x'.repeat(500)}` } }),
    UNTIL,
  );
  expect(change!.text).not.toMatch(/[\n<>]/);
  expect(change!.text.length).toBeLessThan(120);
});
