import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pino from 'pino';
import { openTarget, type Target } from '../../src/sandbox/mirror/target.ts';
import { type SeedOptions, seedWarehouse } from '../../src/sandbox/seed/load.ts';
import { faultsIn } from '../support/parse-snowflake.ts';
import { type SnowflakeServer, startSnowflakeServer } from '../support/snowflake-server.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;
let server: SnowflakeServer;
let snowflake: Target;
let dataDir: string;
let otherDir: string;

beforeAll(async () => {
  server = await startSnowflakeServer();
  snowflake = openTarget(server.config, 'test');
  dataDir = mkdtempSync(join(tmpdir(), 'agentops-seed-'));
  otherDir = mkdtempSync(join(tmpdir(), 'agentops-seed-'));
});
afterAll(async () => {
  await snowflake?.close();
  await server?.close();
  for (const dir of [dataDir, otherDir]) rmSync(dir, { recursive: true, force: true });
});

const seed = (given: Partial<SeedOptions>) =>
  seedWarehouse({
    dataDir,
    seed: null,
    usualSeed: 1,
    reset: false,
    snowflake: null,
    log: pino({ level: 'silent' }),
    trafficPerSecond: 0.3,
    ...given,
  });

function agentops(...args: string[]) {
  const { account, user, password, url } = server.config;
  return spawnSync(process.execPath, [MAIN, 'seed', ...args], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      AGENTOPS_DIR: dataDir,
      SNOWFLAKE_ACCOUNT: account,
      SNOWFLAKE_USER: user,
      SNOWFLAKE_PASSWORD: password!,
      SNOWFLAKE_URL: url!,
    },
  });
}

test('two weeks are made in the file once, and loaded into Snowflake once', async () => {
  const file = await seed({});
  expect(file).toMatchObject({ warehouse: 'DuckDB', seed: 1, loaded: true });
  expect(await seed({})).toEqual({ ...file, loaded: false });
  const progress: number[] = [];
  const loaded = await seed({ snowflake, onProgress: (copied, rows) => progress.push(copied / rows) });
  expect(loaded).toEqual({ ...file, warehouse: 'Snowflake', at: 'test/agentops/public' });
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);

  const again = agentops('--json');
  expect(again.stderr).toBe('');
  expect(JSON.parse(again.stdout)).toEqual({ ...loaded, loaded: false });
  const mixed = agentops('--seed', '2');
  expect(mixed).toMatchObject({ status: 1, stdout: '' });
  expect(mixed.stderr).toContain('was seeded with 1, not 2: --reset begins anew');
});

test('rows of another world are refused, and replaced when that is asked for', async () => {
  const before = await seed({ snowflake });
  const another = { dataDir: otherDir, snowflake, seed: 2 };
  await expect(seed(another)).rejects.toThrow(
    `has rows that are not of this data directory (MODEL_METRICS ${before.rows.MODEL_METRICS}, PREDICTION_LOGS`,
  );
  expect((await seed({ snowflake })).rows).toEqual(before.rows);
  const { rows, loaded } = await seed({ ...another, reset: true });
  expect(loaded).toBe(true);
  expect(rows).toEqual((await seed({ dataDir: otherDir })).rows);
});

test("what all of this asked is Snowflake's SQL", async () => {
  const { statements } = await server.observe();
  const texts = [...new Set(statements.map(({ sql }) => sql))];
  for (const start of ['CREATE TABLE', 'INSERT INTO', 'DELETE FROM', 'SELECT', 'BEGIN', 'COMMIT']) {
    expect(texts.some((sql) => sql.startsWith(start))).toBe(true);
  }
  expect(await faultsIn(texts)).toEqual([]);
});
