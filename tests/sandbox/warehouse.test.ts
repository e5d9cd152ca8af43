import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CENTER_PLACE } from '../../src/domain/stats/grid.ts';
import { createDuckDbWarehouse } from '../../src/warehouse/duckdb/session.ts';
import { WarehouseError } from '../../src/warehouse/port.ts';
import { connect, openSandbox, TOKEN } from './support.ts';

let sandbox: Awaited<ReturnType<typeof openSandbox>>;
let model: string;
let features: string[];
/** The last hour, which is logged in full. */
let lastHour: { from: string; to: string };
const iso = (at: number) => new Date(at).toISOString();
const DAY = 86_400_000;

beforeAll(async () => {
  sandbox = await openSandbox();
  ({ model, features } = await sandbox.platform.record());
  const to = Math.floor(Date.now() / 1000) * 1000;
  lastHour = { from: iso(to - 3_600_000), to: iso(to) };
});
afterAll(() => sandbox.close());

const rejection = async (promise: Promise<unknown>): Promise<WarehouseError> => {
  const error = await promise.then(() => undefined).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(WarehouseError);
  return error as WarehouseError;
};

test('histograms count every value once, and quantiles halve them', async () => {
  const scope = { model, window: lastHour };
  const { value: median, query } = await sandbox.warehouse.featureQuantiles(scope, ['V1', 'V14'], [0.5]);
  const around = (center: number, edges: number[]) => ({ grid: { center, spread: 1 }, edges });
  const cells = {
    V1: around(median.V1![0]!, [CENTER_PLACE]),
    V14: around(median.V14![0]!, [CENTER_PLACE, CENTER_PLACE + 500]),
  };
  const { value } = await sandbox.warehouse.featureHistograms(scope, cells);
  const { value: outcomes } = await sandbox.warehouse.predictionOutcomes(scope);
  for (const { feature, n, nulls, counts, mean } of value) {
    expect(n).toBe(outcomes.n);
    expect(nulls).toBe(0);
    expect(counts).toHaveLength(cells[feature as 'V1' | 'V14'].edges.length + 1);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(n);
    expect(Math.abs(counts[0]! / n - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(mean)).toBeLessThan(0.15);
  }
  expect(query).toContain('PREDICTION_LOGS');
  expect(query).toContain('in the same scan for V14');
  expect(query).not.toContain('?');
});

test('outcomes add up, and labels that are not due are not there', async () => {
  const { value } = await sandbox.warehouse.predictionOutcomes({ model, window: lastHour });
  expect(value.tp + value.fp + value.fn + value.tn).toBe(value.labelled);
  expect(value.labelled).toBeLessThan(value.n);
  expect(value.latency_p99_ms).toBeGreaterThan(50);
  expect(value.latency_p99_ms).toBeLessThan(120);
  expect(value.first_at! >= lastHour.from && value.last_at! < lastHour.to).toBe(true);
  const labelled = await sandbox.warehouse.predictionOutcomes({ model, window: lastHour, labelled: true });
  expect(labelled.value.n).toBe(value.labelled);
});

test('the trend shows the past event in V14, bucket by bucket', async () => {
  const window = { from: iso(Date.now() - 14 * DAY), to: iso(Date.now() - DAY) };
  const { value } = await sandbox.warehouse.predictionTrend({ model, window }, 6 * 3600, ['V14']);
  const means = value.map((point) => point.means.V14!);
  expect(means.filter((mean) => mean > 0.5).length).toBeGreaterThanOrEqual(2);
  expect(means.filter((mean) => mean > 0.5).length).toBeLessThanOrEqual(4);
  const at = value.map((point) => point.at);
  expect(at).toEqual([...at].sort());
  expect(at[0]).toBe(window.from);
});

test('a batch is judged by its rows: missing, unexpected and non-numeric fields, and nulls', async () => {
  const at = '2020-01-01T00:00:00.000Z';
  const good = Object.fromEntries(features.map((feature) => [feature, 0.5]));
  const { V3: _dropped, ...missing } = good;
  const rows: unknown[] = [
    good,
    missing,
    { ...good, V99: 1 },
    { ...good, V1: '12' },
    { ...good, V1: true },
    { ...good, V1: null },
  ];
  for (const [i, row] of rows.entries()) {
    const answer = await fetch(new URL('/sql', sandbox.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        sql: "INSERT INTO PREDICTION_LOGS VALUES (?, ?, ?, 0, 0.9, NULL, 'batch-test', 'v0', 1, NULL)",
        params: [at, `q${i}`, JSON.stringify(row)],
      }),
    });
    expect(answer.status).toBe(200);
  }
  const scope = { model: 'batch-test', window: { from: at, to: '2020-01-01T00:01:00.000Z' } };
  const { value } = await sandbox.warehouse.batchQuality(scope, features, {});
  expect(value).toEqual({
    record_count: 6,
    cells: 6 * 29,
    null_cells: 4,
    null_cells_in: {},
    schema_violations: 4,
    repeated: 0,
  });
  const healthy = await sandbox.warehouse.batchQuality({ model, window: lastHour }, features, {});
  expect(healthy.value).toMatchObject({ null_cells: 0, schema_violations: 0 });
});

test('two weeks of metrics, quality and runs are there, with the past event in them', async () => {
  const window = { from: iso(Date.now() - 15 * DAY), to: iso(Date.now() + 1000) };
  const metrics = (await sandbox.warehouse.modelMetrics(model, window)).value;
  const during = metrics.filter(({ drift_score }) => drift_score > 0.25);
  expect(during).toHaveLength(18);
  const calm = metrics.filter(({ drift_score }) => drift_score < 0.1);
  expect(calm).toHaveLength(metrics.length - 18);
  const meanF1 = (rows: { f1: number }[]) => rows.reduce((sum, row) => sum + row.f1, 0) / rows.length;
  expect(meanF1(calm) - meanF1(during)).toBeGreaterThan(0.03);
  const quality = (await sandbox.warehouse.dataQuality('transactions', window)).value;
  // Every hour of two weeks, and those that ended since.
  const hours = quality.map(({ timestamp }) => Date.parse(timestamp) / 3_600_000);
  expect(hours.length).toBeGreaterThanOrEqual(14 * 24);
  expect(hours).toEqual(hours.map((_, i) => hours[0]! + i));
  const runs = (await sandbox.warehouse.pipelineRuns(['transactions'], window)).value;
  expect(new Set(runs.map(({ schema_version }) => schema_version))).toEqual(new Set(['7.0', '7.1', '7.2']));
  const past = (await sandbox.warehouse.incidents({ from: '2025-01-01T00:00:00Z', to: window.to })).value;
  expect(past.map(({ incident_id }) => incident_id)).toEqual(
    expect.arrayContaining(['INC-2026-0115', 'INC-2026-0203']),
  );
  expect(past.every(({ root_cause, resolution }) => root_cause !== '' && resolution !== '')).toBe(true);
});

test('the volume of the last hour is what that hour of the week leads to expect', async () => {
  const { value: quality } = await sandbox.warehouse.dataQuality('transactions', {
    from: iso(Date.now() - 7 * DAY - 3_600_000),
    to: iso(Date.now() - 7 * DAY),
  });
  const { value: batch } = await sandbox.warehouse.batchQuality({ model, window: lastHour }, features, {});
  expect(batch.record_count / quality[0]!.record_count).toBeGreaterThan(0.85);
  expect(batch.record_count / quality[0]!.record_count).toBeLessThan(1.15);
});

test('saving an incident twice keeps one row, the later', async () => {
  const row = {
    incident_id: 'INC-2026-0101',
    timestamp: '2026-01-01T10:00:00.000Z',
    alert_type: 'latency',
    severity: 'warning',
    root_cause: "it's slow",
    resolution: 'scaled',
    duration_minutes: 12.5,
  };
  await sandbox.warehouse.saveIncident(row);
  await sandbox.warehouse.saveIncident({ ...row, resolution: 'scaled twice' });
  const { value } = await sandbox.warehouse.incidents({
    from: '2026-01-01T00:00:00Z',
    to: '2026-01-02T00:00:00Z',
  });
  expect(value).toEqual([{ ...row, resolution: 'scaled twice' }]);
});

test('a wrong token and a bad statement are permanent errors that say why', async () => {
  const stranger = createDuckDbWarehouse({ url: sandbox.url, token: 'no' });
  const refused = await rejection(stranger.incidents(lastHour));
  expect(refused.permanent).toBe(true);
  expect(refused.message).toContain('401');
  expect(refused.message).not.toContain('Bearer no');
  const bad = await rejection(sandbox.warehouse.incidents({ from: 'yesterday', to: lastHour.to }));
  expect(bad.permanent).toBe(true);
  expect(bad.message).toContain('yesterday');
  const injected = await rejection(
    sandbox.warehouse.featureQuantiles({ model, window: lastHour }, ['V1"; DROP TABLE INCIDENTS'], [0.5]),
  );
  expect(injected.permanent).toBe(true);
});

test('a warehouse that is down, and a call that is aborted, are worth a retry', async () => {
  const nobody = connect('http://127.0.0.1:9').warehouse;
  const down = await rejection(nobody.incidents(lastHour));
  expect(down.permanent).toBe(false);
  expect(down.message).toContain('127.0.0.1:9');
  const aborted = await rejection(sandbox.warehouse.incidents(lastHour, AbortSignal.abort()));
  expect(aborted.permanent).toBe(false);
});

test.each([
  ['SELECT 1; SELECT 2', 400],
  ['DROP TABLE INCIDENTS', 400],
  ["COPY INCIDENTS TO '/tmp/x'", 400],
  ["SELECT * FROM read_text('/etc/hostname')", 400],
  ['SELECT * FROM sandbox.documents', 403],
])('%s is refused', async (sql, status) => {
  const answer = await sandbox.post('/sql', { sql }, { authorization: `Bearer ${TOKEN}` });
  expect(answer.status).toBe(status);
  expect(answer.type).toContain('application/problem+json');
});
