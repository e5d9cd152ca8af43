import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { quantileRanks } from '../../src/domain/stats/interval.ts';
import { runOn } from '../../src/sandbox/database.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import type { Warehouse } from '../../src/warehouse/port.ts';
import { createSqlWarehouse } from '../../src/warehouse/sql-warehouse.ts';

/** The statement behind F1, latency and the flagged share, run by the engine on rows whose order statistics are known. */

const START = Date.parse('2026-01-01T00:00:00Z');
const MOST = 200_000;
let connection: DuckDBConnection;
let warehouse: Warehouse;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  // Row i is i ms after the start and took i + 1 ms: a rank is its own value.
  await connection.run(`CREATE TABLE PREDICTION_LOGS AS SELECT
    TIMESTAMP '2026-01-01 00:00:00' + to_milliseconds(i) AS timestamp, 'm' AS model_name, 'v1' AS model_version,
    (i % 50 = 0)::INT AS prediction, CASE WHEN i % 3 > 0 THEN (i % 40 = 0)::INT END AS actual_label, (i + 1)::DOUBLE AS latency_ms
    FROM range(${MOST}) AS rows(i)`);
  warehouse = createSqlWarehouse(duckdbDialect, ({ sql, params }) => runOn(connection, sql, params));
});
afterAll(() => connection.closeSync());

const first = async (n: number) => {
  const window = { from: new Date(START).toISOString(), to: new Date(START + n).toISOString() };
  return (await warehouse.predictionOutcomes({ model: 'm', version: 'v1', window })).value;
};

test.each([0, 1, 7, 99, 100, 367, 368, 369, 500, 1_000, 5_000, 20_000, 90_000, 200_000])(
  'the p99 of %i rows is bounded by the order statistics that the binomial gives, by one rank at most wider',
  async (n) => {
    const { timed, latency_p99_ms, latency_p99_low_ms, latency_p99_high_ms } = await first(n);
    const { low, high } = quantileRanks(n, 0.99);
    expect(timed).toBe(n);
    if (n === 0) expect(latency_p99_ms).toBeNull();
    else expect(latency_p99_ms).toBeCloseTo(1 + (n - 1) * 0.99, 6);
    if (n >= 100) {
      expect(low! - latency_p99_low_ms!).toBeGreaterThanOrEqual(0);
      expect(low! - latency_p99_low_ms!).toBeLessThanOrEqual(1);
    }
    // Beyond the last row there is no bound.
    const wider = (latency_p99_high_ms ?? n + 1) - (high ?? n + 1);
    expect(wider).toBeGreaterThanOrEqual(0);
    expect(wider).toBeLessThanOrEqual(1);
  },
);

test('outcomes count labelled rows alone, and say how far the labels have come', async () => {
  const { n, flagged, labelled, tp, fp, fn, tn, last_labelled_at } = await first(12_000);
  expect({ n, flagged, labelled }).toEqual({ n: 12_000, flagged: 240, labelled: 8_000 });
  expect(tp + fp + fn + tn).toBe(labelled);
  expect(tp).toBe(40);
  expect(last_labelled_at).toBe(new Date(START + 11_999).toISOString());
});

test('latencies that are none, and predictions and labels that are neither, count for nothing', async () => {
  await connection.run(`INSERT INTO PREDICTION_LOGS SELECT TIMESTAMP '2027-01-01 00:00:00', 'm', 'v1',
    CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 7 ELSE 1 END, CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN 9 ELSE 1 END,
    CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN 'NaN'::DOUBLE WHEN 2 THEN 'inf'::DOUBLE WHEN 3 THEN -5 ELSE 20 END
    FROM range(60_000) AS rows(i)`);
  const window = { from: '2027-01-01T00:00:00Z', to: '2027-01-02T00:00:00Z' };
  const { value } = await warehouse.predictionOutcomes({ model: 'm', window });
  expect(value).toMatchObject({
    n: 60_000,
    flagged: 30_000,
    labelled: 20_000,
    tp: 10_000,
    fn: 0,
    timed: 12_000,
  });
  expect(value).toMatchObject({ latency_p99_ms: 20, latency_p99_low_ms: 20, latency_p99_high_ms: 20 });
});
