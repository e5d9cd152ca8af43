import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pino from 'pino';
import { MIRROR, type MirrorState } from '../../src/sandbox/mirror/owed.ts';
import { openTarget, type Target } from '../../src/sandbox/mirror/target.ts';
import { openSeeded } from '../../src/sandbox/sandbox.ts';
import type { Row } from '../../src/warehouse/port.ts';
import { columnsOf, createTables, TABLE_NAMES, type TableName } from '../../src/warehouse/schema.ts';
import { seededDataDir } from '../support/seeded-world.ts';
import { type SnowflakeServer, startSnowflakeServer } from '../support/snowflake-server.ts';
import { until } from '../support/until.ts';
import { openSandbox, TOKEN } from './support.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SEEDED = Date.UTC(2026, 0, 15, 12, 7);
/** No rewrite reaches farther back. */
const SINCE = '2026-01-15 05:00:00';
const MIRRORED = TABLE_NAMES.filter((table) => table !== 'INCIDENTS');

let dataDir: string;
let server: SnowflakeServer;
let target: Target;
/** A connection beside the mirror's, as others have. */
let reader: Target;
let sandbox: Awaited<ReturnType<typeof openSandbox>>;
let present = SEEDED;
/** How the next copies end instead of well: at a statement of theirs, or as committed without our hearing of it. */
const accidents: (number | 'unheard')[] = [];

/** The target with accidents. */
function fragile(): Target {
  return {
    ...target,
    async transaction(work, signal) {
      const accident = accidents.shift();
      let left = typeof accident === 'number' ? accident : Number.POSITIVE_INFINITY;
      const result = await target.transaction(
        (run) =>
          work((statement) => {
            if (left-- <= 0) throw new Error('lost on the way');
            return run(statement);
          }),
        signal,
      );
      if (accident === 'unheard') throw new Error('committed, but nobody heard');
      return result;
    },
    close: async () => {},
  };
}

beforeAll(async () => {
  dataDir = await seededDataDir({ seed: 1, trafficPerSecond: 0.3, now: SEEDED });
  server = await startSnowflakeServer();
  target = openTarget(server.config, 'test');
  reader = openTarget(server.config, 'test');
  for (const sql of createTables('Snowflake')) await reader.run({ sql, params: [] });
  // Loaded as if it had been: of the two weeks only what can still change.
  const quiet = pino({ level: 'silent' });
  const options = { dataDir, seed: 1, trafficPerSecond: 0.3 };
  const database = await openSeeded(options, () => SEEDED, quiet);
  const from = Date.parse(`${SINCE}Z`);
  const owed = MIRRORED.map((table) => ({ table, from, to: SEEDED + HOUR }));
  const state: MirrorState = { target: target.name, owed, copying: [] };
  await database.write((tx) => tx.put(MIRROR, state));
  await database.close();
  sandbox = await openSandbox({ dataDir, now: () => present, snowflake: fragile() });
});
afterAll(async () => {
  await sandbox?.close();
  await target?.close();
  await reader?.close();
  await server?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const post = async (path: string, body: object = {}) => {
  const answer = await sandbox.post(path, body, { 'idempotency-key': `${path} ${present} ${Math.random()}` });
  expect([200, 422]).toContain(answer.status);
};

async function here(sql: string): Promise<Row[]> {
  const answer = await fetch(new URL('/sql', sandbox.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sql }),
  });
  const text = await answer.text();
  return text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as Row] : []));
}

/** A table's rows as texts, in an order of their own; features as the numbers they hold. */
async function rowsOf(table: TableName, read: (sql: string) => Promise<Row[]>, json: string) {
  const cells = columnsOf(table).map(({ name, kind }) => (kind === 'json' ? `${json} AS ${name}` : name));
  const rows = await read(`SELECT ${cells.join(', ')} FROM ${table} WHERE timestamp >= '${SINCE}'`);
  return rows
    .map((row) => JSON.stringify(row.features ? { ...row, features: JSON.parse(String(row.features)) } : row))
    .sort();
}

/** The tables in which Snowflake differs from the world. */
async function differences(): Promise<string[]> {
  const found: string[] = [];
  for (const table of MIRRORED) {
    const world = await rowsOf(table, here, 'features');
    const there = await rowsOf(table, (sql) => reader.run({ sql, params: [] }), 'TO_JSON(features)');
    if (world.join('\n') !== there.join('\n')) {
      const missing = world.filter((row) => !there.includes(row)).length;
      found.push(`${table}: ${missing} of ${world.length} missing, ${there.length - world.length} too many`);
    }
  }
  return found;
}

const minutesAgo = fc.integer({ min: 1, max: 100 });
const start = (minutes: number) => new Date(present - minutes * MINUTE).toISOString();
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('tick' as const), seconds: fc.integer({ min: 1, max: 900 }) }),
  },
  fc.record({
    do: fc.constant('fault' as const),
    fault: fc.constantFrom(
      'upstream_change',
      'duplicate_load',
      'pipeline_failure',
      'source_outage',
      'traffic_surge',
    ),
    minutesAgo,
  }),
  fc.record({ do: fc.constant('reload' as const), minutesAgo }),
  fc.record({
    do: fc.constantFrom('schema_bump' as const, 'failed_run' as const, 'message' as const),
    minutesAgo,
  }),
  fc.record({ do: fc.constant('reset' as const) }),
  fc.record({
    do: fc.constant('accident' as const),
    how: fc.oneof(fc.constant('unheard' as const), fc.integer({ min: 0, max: 6 })),
  }),
);

async function perform(one: typeof step extends fc.Arbitrary<infer S> ? S : never): Promise<void> {
  switch (one.do) {
    case 'tick':
      present += one.seconds * 1000;
      return await sandbox.tick();
    case 'fault':
      return await post(`/simulate/${one.fault}`, { start: start(one.minutesAgo), rows_per_second: 0.4 });
    case 'reload':
      return await post('/pipelines/transactions/runs', {
        from: start(one.minutesAgo),
        to: start(0),
        by: 'ana',
      });
    case 'message':
      return await post('/simulate/message', { text: 'so it goes', at: start(one.minutesAgo) });
    case 'schema_bump':
    case 'failed_run':
      return await post('/simulate/noise', { kind: one.do, at: start(one.minutesAgo) });
    case 'reset':
      return await post('/simulate/reset');
    case 'accident':
      accidents.push(one.how);
      return;
    default: {
      const never: never = one;
      throw new Error(String(never));
    }
  }
}

test('whatever happens to the world and to its copying, Snowflake comes to hold the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      for (const one of steps) await perform(one);
      let found: string[] = [];
      const same = async () => {
        found = await differences();
        return found.length === 0;
      };
      // Each look reads all rows of both; a copy under way needs the cores, too.
      await until(same, 120_000, 1_000).catch(() => undefined);
      expect(found).toEqual([]);
    }),
    { numRuns: 5, endOnFailure: true },
  );
});
