import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Cells } from '../../src/domain/stats/drift.ts';
import { CENTER_PLACE } from '../../src/domain/stats/grid.ts';
import { Database } from '../../src/sandbox/database.ts';
import { problemHandler } from '../../src/sandbox/http/problem.ts';
import { sqlRoute } from '../../src/sandbox/http/sql.ts';
import { randomStream } from '../../src/sandbox/random.ts';
import { createDuckDbWarehouse } from '../../src/warehouse/duckdb/session.ts';
import type { Scalar, Warehouse } from '../../src/warehouse/port.ts';
import { columnsOf, createTables, type TableName } from '../../src/warehouse/schema.ts';
import { createSnowflakeSession, createSnowflakeWarehouse } from '../../src/warehouse/snowflake/session.ts';
import { startSnowflakeServer } from '../support/snowflake-server.ts';

/** The same rows in DuckDB and in Snowflake, and what is true of them. */

export const START = Date.parse('2026-03-01T00:00:00.000Z');
export const ROWS = 2_400;
export const FEATURES = ['V1', 'V2', 'amount'];
export const halves: Cells = { grid: { center: 0, spread: 1 }, edges: [CENTER_PLACE] };
export const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

export interface Logged {
  at: number;
  id: string;
  features: Record<string, unknown>;
  prediction: number;
  label: number | null;
  version: string;
  latency: number | null;
}

/** Two hours of traffic: ties in `amount`, late labels, and every way in which a feature can be no number. */
export const rows: Logged[] = (() => {
  const random = randomStream('port', 'rows');
  return Array.from({ length: ROWS }, (_, i) => {
    const features: Record<string, unknown> = {
      V1: random.normal(),
      V2: 2 * random.normal() - 1,
      amount: Math.round(5 * random.normal()),
    };
    if (i % 100 === 3) features.V1 = null;
    if (i % 100 === 13) delete features.V1;
    if (i % 100 === 23) features.V2 = '1.5';
    if (i % 100 === 33) features.V2 = true;
    if (i % 100 === 43) features.V2 = 'NaN';
    if (i % 100 === 53) features.amount = [1];
    if (i % 100 === 63) features.extra = 1;
    return {
      at: i * 3,
      id: i % 200 === 7 ? `p${i - 1}` : `p${i}`,
      features,
      prediction: i % 40 === 0 ? 1 : 0,
      label: i >= ROWS * 0.75 ? null : Number(i % 50 === 0),
      version: i < ROWS / 2 ? 'v1' : 'v2',
      latency: i % 30 === 0 ? null : 20 + (i % 97),
    };
  });
})();

export const incident = {
  incident_id: 'INC-2026-0301',
  timestamp: at(60),
  alert_type: 'model_drift',
  severity: 'critical',
  root_cause: `the vendor's "unit" changed`,
  resolution: 'retrained',
  duration_minutes: 42.5,
};

export const TABLES: Partial<Record<TableName, Scalar[][]>> = {
  PREDICTION_LOGS: rows.map((row) => [
    at(row.at),
    row.id,
    JSON.stringify(row.features),
    row.prediction,
    0.9,
    row.label,
    'fraud',
    row.version,
    row.latency,
    row.label === null ? null : at(row.at + 900),
  ]),
  MODEL_METRICS: [
    [at(0), 'fraud', 0.91, 0.9, 0.92, 0.99, 0.02, 81.5],
    [at(3600), 'fraud', null, null, null, null, 0.45, 80],
    [at(3600), 'other', 0.5, 0.5, 0.5, 0.5, 0.5, 1],
  ],
  DATA_QUALITY: [
    [at(3600), 'transactions', 0.01, 3, 90_000, 'ok'],
    [at(0), 'transactions', 0, 0, 88_000, 'ok'],
  ],
  PIPELINE_RUNS: [
    [at(10), 'transactions', 'r1', 'success', 90_000, '7.1', 'vendor', 'loaded'],
    [at(20), 'labels', 'r2', 'failed', null, null, null, 'it broke'],
  ],
};

export interface Engine {
  warehouse: Warehouse;
  /** As Snowflake or DuckDB writes it, without parameters. */
  run(sql: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function openDuckDb(): Promise<Engine> {
  const database = await Database.open(':memory:');
  const app = express().use(express.json({ limit: '1mb' }));
  app.post('/sql', sqlRoute(database, 'token'));
  app.use(problemHandler({ error: () => {} } as never));
  const server: Server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await database.write(async (tx) => {
    for (const sql of createTables('DuckDB')) await tx.run(sql);
    for (const [table, values] of Object.entries(TABLES)) await tx.insert(table, values);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    warehouse: createDuckDbWarehouse({ url, token: 'token' }),
    run: (sql) => database.write((tx) => tx.run(sql)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await database.close();
    },
  };
}

export const CAST = {
  time: '::TIMESTAMP_NTZ',
  text: '::VARCHAR',
  whole: '::INTEGER',
  flag: '::INTEGER',
  real: '::DOUBLE',
};

export async function openSnowflake(): Promise<Engine> {
  const server = await startSnowflakeServer();
  const session = createSnowflakeSession(server.config, { environment: 'test' });
  for (const sql of createTables('Snowflake')) await session.run({ sql, params: [] });
  for (const [table, values] of Object.entries(TABLES) as [TableName, Scalar[][]][]) {
    const cells = columnsOf(table).map(({ kind }, i) =>
      kind === 'json' ? `PARSE_JSON(value[${i}]::VARCHAR)` : `value[${i}]${CAST[kind]}`,
    );
    await session.run({
      sql: `INSERT INTO ${table} SELECT ${cells.join(', ')} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))`,
      params: [JSON.stringify(values)],
    });
  }
  const warehouse = createSnowflakeWarehouse(server.config, { environment: 'test' });
  return {
    warehouse,
    run: (sql) => session.run({ sql, params: [] }),
    async close() {
      await session.close();
      await warehouse.close();
      await server.close();
    },
  };
}

export const engines: Record<string, () => Promise<Engine>> = {
  DuckDB: openDuckDb,
  Snowflake: openSnowflake,
};
export const scope = { model: 'fraud', window: { from: at(0), to: at(7200) } };
export const inV2 = { ...scope, version: 'v2' };

export const numbers = (of: Logged[], feature: string): number[] =>
  of.map(({ features }) => features[feature]).filter((value) => typeof value === 'number');
export const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** As percentile_cont: linear between order statistics. */
export function quantile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * p;
  const below = Math.floor(place);
  return sorted[below]! + ((sorted[below + 1] ?? sorted[below]!) - sorted[below]!) * (place - below);
}
