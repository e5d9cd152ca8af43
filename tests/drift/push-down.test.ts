import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { REFERENCE_PROBABILITIES, referenceCells } from '../../src/domain/stats/drift.ts';
import { CENTER_PLACE, PLACES, placeOf } from '../../src/domain/stats/grid.ts';
import { runOn } from '../../src/sandbox/database.ts';
import { placeCounts } from '../../src/warehouse/duckdb/counts.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createTables } from '../../src/warehouse/schema.ts';
import { createSqlWarehouse } from '../../src/warehouse/sql-warehouse.ts';
import { countOver, quantilesOf } from '../support/counted.ts';

let connection: DuckDBConnection;
const warehouse = createSqlWarehouse(duckdbDialect, ({ sql, params }) => runOn(connection, sql, params));
const scope = {
  model: 'm',
  window: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T01:00:00.000Z' },
};

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  for (const statement of createTables('DuckDB')) await connection.run(statement);
});
afterAll(() => connection.closeSync());

/** Rows of PREDICTION_LOGS with these texts in `features`, in place of what was there. */
async function logged(features: readonly string[]): Promise<void> {
  await connection.run('DELETE FROM PREDICTION_LOGS');
  await connection.run(
    "INSERT INTO PREDICTION_LOGS (timestamp, prediction_id, features, prediction, confidence, model_name, model_version) SELECT TIMESTAMP '2026-01-01', 'p', " +
      "unnest(from_json(?, '[\"VARCHAR\"]')), 0, 0.5, 'm', 'v1'",
    [JSON.stringify(features)],
  );
}

const NO_NUMBERS = [
  'null',
  '"1.5"',
  '"NaN"',
  '"text"',
  'true',
  'false',
  '[1]',
  '{"b":2}',
  'NaN',
  '-Infinity',
  '1e400',
];
/** A cell as JSON text with the number that it holds; undefined text: the field is missing. */
const cell = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map(Number),
  },
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 2, arbitrary: fc.constantFrom(...NO_NUMBERS) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
const numbersIn = (cells: readonly (number | string | undefined)[]): number[] =>
  cells.filter((value) => typeof value === 'number').map((value) => value + 0);

test('what the warehouse counts is what a loop over the rows counts, whatever stands in the features', async () => {
  const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 60 });
  const cells = fc.record({
    grid: fc.record({
      center: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, min: -1e9, max: 1e9 })),
      spread: fc.double({ noNaN: true, min: 1e-9, max: 1e9 }),
    }),
    edges: fc
      .uniqueArray(fc.integer({ min: -1, max: PLACES - 1 }), { maxLength: 8 })
      .map((edges) => edges.sort((a, b) => a - b)),
  });
  await fc.assert(
    fc.asyncProperty(rows, cells, cells, async (logs, V0, V1) => {
      await logged(
        logs.map((pair) => {
          const fields = pair.flatMap((value, i) => (value === undefined ? [] : [`"V${i}": ${value}`]));
          return `{${fields.join(',')}}`;
        }),
      );
      const { value } = await warehouse.featureHistograms(scope, { V0, V1 });
      for (const [i, histogram] of value.entries()) {
        const present = numbersIn(logs.map((pair) => pair[i]));
        expect(histogram).toMatchObject({
          feature: `V${i}`,
          n: logs.length,
          nulls: logs.length - present.length,
          counts: countOver([V0, V1][i]!, present.length, (k) => present[k]!),
        });
        if (present.length > 0) {
          const mean = present.reduce((sum, v) => sum + v, 0) / present.length;
          expect(Math.abs(histogram.mean - mean)).toBeLessThanOrEqual(
            1e-9 * (1 + Math.max(...present.map(Math.abs))),
          );
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('more features than fit into one narrow code are counted alike, NaN and infinities as missing', async () => {
  const names = Array.from({ length: 70 }, (_, i) => `V${i}`);
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -2, 0, 0, 3, 1e308];
  const rows = {
    sql: `FROM (SELECT unnest([${values.map((v) => `'${v}'::DOUBLE`).join(', ')}]) AS v)`,
    params: [],
  };
  const grids = Object.fromEntries(names.map((name, i) => [name, { center: i % 5, spread: 1 }]));
  const { sql, params } = placeCounts(rows, grids, () => 'v');
  const answer = await runOn(connection, sql, params);
  expect(new Map(answer.map((row) => [row.feature, row.present]))).toEqual(
    new Map(names.map((name) => [name, 5])),
  );
  for (const { feature, n, places, counts, mean } of answer) {
    const at = [-2, 0, 3, 1e308].map((value) => placeOf(grids[String(feature)]!, value));
    expect({ n, places: JSON.parse(String(places)), counts: JSON.parse(String(counts)), mean }).toEqual({
      n: values.length,
      places: at,
      counts: [1, 2, 1, 1],
      mean: 2e307,
    });
  }
});

test('quantiles are those of numpy, and of tied values exactly these', async () => {
  const values = fc.array(cell, { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(values, async (cells) => {
      await logged(cells.map((value) => (value === undefined ? '{}' : `{"V0":${value}}`)));
      const { value } = await warehouse.featureQuantiles(scope, ['V0'], [...REFERENCE_PROBABILITIES]);
      const sorted = numbersIn(cells).sort((a, b) => a - b);
      expect(value.V0).toEqual(quantilesOf(sorted, REFERENCE_PROBABILITIES));
    }),
    { numRuns: 40 },
  );
  await logged(Array.from({ length: 1_000 }, (_, i) => `{"V0":${i < 700 ? 0.1 : 0.1 + i}}`));
  const { value } = await warehouse.featureQuantiles(scope, ['V0'], [...REFERENCE_PROBABILITIES]);
  const cells = referenceCells(value.V0!);
  const [histogram] = (await warehouse.featureHistograms(scope, { V0: cells })).value;
  expect(histogram!.counts.slice(0, 2)).toEqual([0, 700]);
});

test('a constant feature, one without any value and no rows at all each have their cells', async () => {
  await logged(Array.from({ length: 20 }, () => '{"V0": 7, "V1": null}'));
  const quantiles = await warehouse.featureQuantiles(scope, ['V0', 'V1'], [...REFERENCE_PROBABILITIES]);
  expect(quantiles.value.V1).toEqual([]);
  const cells = { V0: referenceCells(quantiles.value.V0!), V1: referenceCells([]) };
  expect(cells.V0.edges).toEqual([CENTER_PLACE - 1, CENTER_PLACE]);
  const { value } = await warehouse.featureHistograms(scope, cells);
  expect(value).toEqual([
    { feature: 'V0', n: 20, nulls: 0, counts: [0, 20, 0], mean: 7 },
    { feature: 'V1', n: 20, nulls: 20, counts: [0], mean: Number.NaN },
  ]);
  const later = { ...scope, window: { from: '2027-01-01T00:00:00.000Z', to: '2027-01-02T00:00:00.000Z' } };
  expect((await warehouse.featureHistograms(later, cells)).value).toMatchObject([
    { n: 0, nulls: 0, counts: [0, 0, 0] },
    { n: 0, nulls: 0, counts: [0] },
  ]);
  expect((await warehouse.featureQuantiles(later, ['V0'], [0.5])).value).toEqual({ V0: [] });
});

test('a row that is no JSON, or no object, has no features and breaks the schema; the others are counted', async () => {
  const good = Array.from({ length: 3_000 }, (_, i) => `{"V0": ${i % 10}, "V1": 0.5}`);
  await logged([
    ...good,
    '{"V0": 1, "V1": ',
    'nonsense',
    '',
    '[1, 2]',
    '7',
    'null',
    '{"V0": "a", "V1": 1} }',
    '{}',
  ]);
  const { value } = await warehouse.featureHistograms(scope, {
    V0: { grid: { center: 4, spread: 1 }, edges: [CENTER_PLACE] },
    V1: referenceCells([]),
  });
  expect(value).toMatchObject([
    { n: 3_008, nulls: 8, counts: [1_500, 1_500] },
    { n: 3_008, nulls: 8, counts: [3_000] },
  ]);
  expect((await warehouse.featureQuantiles(scope, ['V0'], [0.5])).value).toEqual({ V0: [4.5] });
  expect((await warehouse.batchQuality(scope, ['V0', 'V1'], {})).value).toMatchObject({
    record_count: 3_008,
    null_cells: 16,
    schema_violations: 8,
  });
  const [point] = (await warehouse.predictionTrend(scope, 3_600, ['V1'])).value;
  expect(point).toMatchObject({ n: 3_008, means: { V1: 0.5 } });
});

test('the query that evidence shows stays short, with 28 features', async () => {
  await logged(['{"V0": 1}']);
  const cells = Object.fromEntries(
    Array.from({ length: 28 }, (_, i) => [
      `V${i}`,
      referenceCells(REFERENCE_PROBABILITIES.map((p) => p * Math.PI)),
    ]),
  );
  const { query } = await warehouse.featureHistograms(scope, cells);
  expect(query.length).toBeLessThan(1_500);
  expect(query).not.toContain('cut:');
  expect(query).toContain(JSON.stringify({ V0: cells.V0!.grid }));
  expect(query).toContain('in the same scan for V1, V2');
  expect(query).toContain("model_name = 'm'");
});
