import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cells, REFERENCE_PROBABILITIES, referenceCells } from '../../src/domain/stats/drift.ts';
import { CENTER_PLACE, PLACES } from '../../src/domain/stats/grid.ts';
import { type Warehouse, WarehouseError } from '../../src/warehouse/port.ts';
import { countOver } from '../support/counted.ts';
import {
  at,
  type Engine,
  engines,
  FEATURES,
  halves,
  incident,
  inV2,
  mean,
  numbers,
  quantile,
  ROWS,
  rows,
  scope,
} from './port-engines.ts';

describe.each(Object.entries(engines))('%s', (name, open) => {
  let engine: Engine;
  let warehouse: Warehouse;
  beforeAll(async () => {
    engine = await open();
    warehouse = engine.warehouse;
  });
  afterAll(() => engine.close());

  test('says what it is', () => {
    expect(warehouse.system).toBe(name);
  });

  test('quantiles are those of the numbers among the values', async () => {
    const probabilities = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
    const { value, query } = await warehouse.featureQuantiles(inV2, FEATURES, probabilities);
    const v2 = rows.filter(({ version }) => version === 'v2');
    for (const feature of FEATURES) {
      expect(value[feature]).toHaveLength(99);
      probabilities.forEach((p, i) => {
        expect(value[feature]![i]).toBeCloseTo(quantile(numbers(v2, feature), p), 12);
      });
    }
    expect(query).toContain("model_version = 'v2'");
    expect(query.length).toBeLessThan(2_500);
  });

  test('histograms count each number in its cell, values at the end of a place belonging to it', async () => {
    const grid = (center: number, spread: number) => ({ center, spread });
    const cells: Record<string, Cells> = {
      V1: { grid: grid(0.1, 0.7), edges: [300, CENTER_PLACE, 1_400, 1_600] },
      V2: { grid: grid(-1, 1e-3), edges: [0, CENTER_PLACE, PLACES - 2] },
      amount: { grid: grid(0, 5), edges: [511, CENTER_PLACE - 1, CENTER_PLACE, CENTER_PLACE + 512] },
    };
    const { value } = await warehouse.featureHistograms(scope, cells);
    expect(value.map(({ feature }) => feature)).toEqual(FEATURES);
    for (const histogram of value) {
      const values = numbers(rows, histogram.feature);
      const counts = countOver(cells[histogram.feature]!, values.length, (i) => values[i]!);
      expect(histogram).toMatchObject({ n: ROWS, nulls: ROWS - values.length, counts });
      expect(histogram.mean).toBeCloseTo(mean(values), 10);
    }
    // Whole numbers around the center: below −5, −5 to −1, 0, 1 to 5, above.
    const amounts = numbers(rows, 'amount');
    const bins = [-6, -1, 0, 5, 99].map((top) => amounts.filter((amount) => amount <= top).length);
    expect(value[2]!.counts).toEqual(bins.map((count, i) => count - (bins[i - 1] ?? 0)));
  });

  test('a thousand cells are counted in one scan, and its query stays short', async () => {
    const { value: quantiles } = await warehouse.featureQuantiles(scope, FEATURES, [
      ...REFERENCE_PROBABILITIES,
    ]);
    const cells = Object.fromEntries(
      Object.entries(quantiles).map(([feature, own]) => [feature, referenceCells(own)]),
    );
    const { value, query } = await warehouse.featureHistograms(scope, cells);
    for (const { feature, counts, n, nulls } of value) {
      const values = numbers(rows, feature);
      expect(counts).toEqual(countOver(cells[feature]!, values.length, (i) => values[i]!));
      expect(values).toHaveLength(n - nulls);
    }
    // V1's cells lie between a thousand quantiles: two or three rows each, a few more where these share a place.
    expect(Math.max(...value[0]!.counts)).toBeLessThanOrEqual(9);
    expect(query.length).toBeLessThan(3_000);
  });

  test('a window without rows is empty, and a feature that nobody sends is all null', async () => {
    const nobody = { ...scope, model: 'nobody' };
    const [histogram] = (await warehouse.featureHistograms(nobody, { V1: halves })).value;
    expect(histogram).toEqual({
      feature: 'V1',
      n: 0,
      nulls: 0,
      counts: [0, 0],
      mean: Number.NaN,
    });
    expect((await warehouse.featureQuantiles(nobody, ['V1'], [0.5])).value).toEqual({ V1: [] });
    expect((await warehouse.predictionOutcomes(nobody)).value).toMatchObject({
      n: 0,
      flagged: 0,
      labelled: 0,
      latency_p99_ms: null,
      first_at: null,
    });
    expect((await warehouse.predictionTrend(nobody, 600, ['V1'])).value).toEqual([]);
    const [unknown] = (await warehouse.featureHistograms(scope, { V99: halves })).value;
    expect(unknown).toMatchObject({ n: ROWS, nulls: ROWS, counts: [0, 0] });
  });

  test('outcomes are counted over labelled rows, times are UTC', async () => {
    const { value } = await warehouse.predictionOutcomes(scope);
    const labelled = rows.filter(({ label }) => label !== null);
    const count = (prediction: number, label: number) =>
      labelled.filter((row) => row.prediction === prediction && row.label === label).length;
    const latencies = rows.map(({ latency }) => latency).filter((latency) => latency !== null);
    expect(value).toMatchObject({
      n: ROWS,
      flagged: rows.filter(({ prediction }) => prediction === 1).length,
      labelled: labelled.length,
      tp: count(1, 1),
      fp: count(1, 0),
      fn: count(0, 1),
      tn: count(0, 0),
      timed: latencies.length,
      first_at: at(0),
      last_at: at((ROWS - 1) * 3),
    });
    expect(value.latency_p99_ms).toBeCloseTo(quantile(latencies, 0.99), 9);
    expect(value.latency_p99_low_ms!).toBeLessThanOrEqual(value.latency_p99_ms!);
    expect(value.latency_p99_high_ms!).toBeGreaterThanOrEqual(value.latency_p99_ms!);
    const known = await warehouse.predictionOutcomes({ ...inV2, labelled: true });
    expect(known.value.n).toBe(labelled.filter(({ version }) => version === 'v2').length);
  });

  test('buckets start at the window, wherever that is', async () => {
    const from = at(100.5);
    const window = { from, to: at(4000) };
    const { value } = await warehouse.predictionTrend({ ...scope, window }, 900, ['V1', 'V2']);
    const inside = rows.filter((row) => row.at >= 100.5 && row.at < 4000);
    expect(value.map((point) => point.at)).toEqual([0, 1, 2, 3, 4].map((k) => at(100.5 + 900 * k)));
    value.forEach((point, k) => {
      const own = inside.filter((row) => Math.floor((row.at - 100.5) / 900) === k);
      expect(point.n).toBe(own.length);
      expect(point.means.V1).toBeCloseTo(mean(numbers(own, 'V1')), 10);
      expect(point.means.V2).toBeCloseTo(mean(numbers(own, 'V2')), 10);
    });
    const plain = await warehouse.predictionTrend({ ...scope, window }, 900, []);
    expect(plain.value.map(({ n }) => n)).toEqual(value.map(({ n }) => n));
  });

  test('a batch is measured by its rows: nulls, missing, unexpected and non-numeric fields, repeats', async () => {
    const { value } = await warehouse.batchQuality(scope, FEATURES, {
      first: ['V1'],
      rest: ['V2', 'amount'],
    });
    const hundreds = ROWS / 100;
    expect(value).toEqual({
      record_count: ROWS,
      cells: ROWS * 3,
      null_cells: 6 * hundreds,
      null_cells_in: { first: 2 * hundreds, rest: 4 * hundreds },
      schema_violations: 6 * hundreds,
      repeated: ROWS / 200,
    });
  });

  test('a row whose features are no object is all null, and violates the schema', async () => {
    for (const features of ['[1, 2, 3]', 'null', '"text"', '7']) {
      const json = name === 'Snowflake' ? `PARSE_JSON('${features}')` : `'${features}'`;
      await engine.run(
        `INSERT INTO PREDICTION_LOGS (timestamp, prediction_id, features, prediction, confidence, model_name, model_version) SELECT timestamp, prediction_id, ${json}, prediction, confidence, 'shapeless', model_version FROM PREDICTION_LOGS WHERE model_name = 'fraud' AND prediction_id = 'p0'`,
      );
    }
    const shapeless = { ...scope, model: 'shapeless' };
    const { value } = await warehouse.batchQuality(shapeless, FEATURES, {});
    expect(value).toMatchObject({ record_count: 4, null_cells: 12, schema_violations: 4 });
    const [histogram] = (await warehouse.featureHistograms(shapeless, { V1: halves })).value;
    expect(histogram).toMatchObject({ n: 4, nulls: 4, counts: [0, 0] });
  });

  test('NaN among latencies and labels of another kind count as missing', async () => {
    await engine.run(
      "INSERT INTO PREDICTION_LOGS (timestamp, prediction_id, features, prediction, confidence, actual_label, model_name, model_version, latency_ms) SELECT timestamp, prediction_id, features, prediction, confidence, actual_label, 'odd', model_version, CASE WHEN prediction = 1 THEN CAST('NaN' AS DOUBLE) ELSE latency_ms END FROM PREDICTION_LOGS WHERE model_name = 'fraud'",
    );
    const { value } = await warehouse.predictionOutcomes({ ...scope, model: 'odd' });
    const timed = rows.filter(({ prediction, latency }) => prediction === 0 && latency !== null);
    expect(value.timed).toBe(timed.length);
    expect(value.latency_p99_ms).toBeCloseTo(
      quantile(
        timed.map(({ latency }) => latency!),
        0.99,
      ),
      9,
    );
  });

  test('history comes oldest first, with nulls where nothing was measured', async () => {
    const { window } = scope;
    expect((await warehouse.modelMetrics('fraud', window)).value).toEqual([
      {
        timestamp: at(0),
        model_name: 'fraud',
        f1: 0.91,
        precision: 0.9,
        recall: 0.92,
        auc: 0.99,
        drift_score: 0.02,
        latency_p99: 81.5,
      },
      {
        timestamp: at(3600),
        model_name: 'fraud',
        f1: null,
        precision: null,
        recall: null,
        auc: null,
        drift_score: 0.45,
        latency_p99: 80,
      },
    ]);
    const quality = (await warehouse.dataQuality('transactions', window)).value;
    expect(quality.map(({ timestamp, record_count }) => [timestamp, record_count])).toEqual([
      [at(0), 88_000],
      [at(3600), 90_000],
    ]);
    const runs = (await warehouse.pipelineRuns(['labels', 'transactions'], window)).value;
    expect(runs.map(({ run_id, source, message }) => [run_id, source, message])).toEqual([
      ['r1', 'vendor', 'loaded'],
      ['r2', null, 'it broke'],
    ]);
    expect((await warehouse.pipelineRuns([], window)).value).toEqual([]);
  });

  test('an incident is saved once, however often', async () => {
    await warehouse.saveIncident(incident);
    await warehouse.saveIncident({ ...incident, resolution: 'rolled back' });
    expect((await warehouse.incidents(scope.window)).value).toEqual([
      { ...incident, resolution: 'rolled back' },
    ]);
  });

  test.each([
    ['a time that is none', { ...scope, window: { from: 'yesterday', to: at(1) } }, ['V1']],
    ['a name that is no identifier', scope, ['V1"; DROP TABLE INCIDENTS']],
    ['no feature', scope, []],
  ])('%s is an error for good', async (_, asked, features) => {
    const error = await warehouse.featureQuantiles(asked, features, [0.5]).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(WarehouseError);
    expect((error as WarehouseError).permanent).toBe(true);
  });

  test('who has been aborted is not answered', async () => {
    const asked = warehouse.incidents(scope.window, AbortSignal.abort());
    await expect(asked).rejects.toMatchObject({ name: 'WarehouseError', permanent: false });
  });
});
