import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { SnowflakeConfig } from '../../src/config/config.ts';
import { WarehouseError } from '../../src/warehouse/port.ts';
import { createSnowflakeSession, type SnowflakeSession } from '../../src/warehouse/snowflake/session.ts';
import { type SnowflakeServer, startSnowflakeServer } from '../support/snowflake-server.ts';

/** A Snowflake of this test file, and sessions that are closed with it. */

export let server: SnowflakeServer;
export let session: SnowflakeSession;
export let dir: string;
export const opened: SnowflakeSession[] = [];
export const errors: unknown[] = [];

export const open = (config: Partial<SnowflakeConfig> = {}, limits = {}): SnowflakeSession => {
  const made = createSnowflakeSession({ ...server.config, ...config }, { environment: 'test', ...limits });
  opened.push(made);
  return made;
};
export const run = (sql: string, params: (string | number | null)[] = [], signal?: AbortSignal) =>
  session.run({ sql, params }, signal);
export const rejection = async (promise: Promise<unknown>): Promise<WarehouseError> => {
  const error = await promise.then(() => undefined).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(WarehouseError);
  errors.push(error);
  return error as WarehouseError;
};
export const works = async (asked: SnowflakeSession) =>
  expect(await asked.run({ sql: 'SELECT 1 AS one', params: [] })).toEqual([{ one: 1 }]);

beforeAll(async () => {
  server = await startSnowflakeServer();
  dir = await mkdtemp(join(tmpdir(), 'agentops-snowflake-'));
  session = open();
  await run('CREATE TABLE NOTES (id INTEGER, seen TIMESTAMP_NTZ, body VARCHAR, weight DOUBLE, done BOOLEAN)');
});
afterEach(() => server.order());
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  await server.close();
  await rm(dir, { recursive: true });
});
