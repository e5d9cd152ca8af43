import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import fc from 'fast-check';
import { monitorActivities } from '../../activities/monitor/index.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Statement } from '../../src/warehouse/dialect.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import type { Row } from '../../src/warehouse/port.ts';
import { createSqlWarehouse } from '../../src/warehouse/sql-warehouse.ts';
import type { CheckAnswers, CheckResult } from '../../workflows/contracts/monitor.ts';
import { platformDeps, policiesOf } from '../support/memory-platform.ts';
import { HOUR, world } from '../support/world.ts';

/** What the tools make of a warehouse that answers statements with what cannot be. */

const NOW = Date.parse('2026-02-27T14:00:00Z');
const ROWS = 10_000;
const policy = Policy.parse({
  components: { classifier: { model: 'classifier', pipelines: ['transactions'] } },
});
const w = world(NOW, { seed: 1 });
const { features } = w.state.info;
const TOOLS = ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'] as const;
type Tool = (typeof TOOLS)[number];

/** The rows of a healthy hour, as SQL answers them. */
function healthy({ sql, params }: Statement): Row[] {
  if (sql.includes('AS quantiles')) {
    const quantiles = (JSON.parse(String(params.at(-1))) as number[]).map((p) => p - 0.5);
    return features.map((feature) => ({ feature, quantiles: JSON.stringify(quantiles) }));
  }
  if (sql.includes('from_json')) {
    const places = JSON.stringify(Array.from({ length: 2_000 }, (_, place) => place));
    const counts = JSON.stringify(new Array(2_000).fill(ROWS / 2_000));
    return features.map((feature) => ({ feature, n: ROWS, present: ROWS, places, counts, mean: 0 }));
  }
  if (sql.includes('latency_p99_low_ms')) {
    const latency = { latency_p99_ms: 80, latency_p99_low_ms: 75, latency_p99_high_ms: 90 };
    const labels = { labelled: ROWS, tp: 178, fp: 13, fn: 22, tn: 9_787 };
    const [first_at, last_at] = [NOW - HOUR, NOW - 1].map((at) => new Date(at).toISOString());
    return [
      {
        n: ROWS,
        flagged: 191,
        ...labels,
        timed: ROWS,
        ...latency,
        first_at: first_at!,
        last_at: last_at!,
        last_labelled_at: last_at!,
      },
    ];
  }
  if (sql.includes('distinct_ids'))
    return [{ record_count: ROWS, null_cells: 0, schema_violations: 0, distinct_ids: ROWS }];
  if (sql.includes('DATA_QUALITY')) return w.warehouse.quality.map((row) => ({ ...row, record_count: ROWS }));
  if (sql.includes('MODEL_METRICS'))
    return [
      {
        timestamp: new Date(NOW - 60_000).toISOString(),
        model_name: 'classifier',
        f1: 0.911,
        precision: 0.93,
        recall: 0.89,
        auc: 0.99,
        drift_score: 0,
        latency_p99: 80,
      },
    ];
  throw new Error(`a statement that no tool has: ${sql}`);
}

let store: Store;
beforeEach(() => {
  store = openSqliteStore(':memory:');
});
afterEach(() => store.close());

/** One tool over a warehouse whose answers are spoilt on the way; its answer through JSON, or the error. */
async function check(tool: Tool, spoil: (rows: Row[], sql: string) => Row[]): Promise<CheckResult | Error> {
  const run = async (statement: Statement) => spoil(structuredClone(healthy(statement)), statement.sql);
  const activities = monitorActivities({
    warehouse: createSqlWarehouse(duckdbDialect, run),
    ...platformDeps(w.platform, store),
    store,
    intake: { deliver: async () => {} },
    policies: policiesOf(policy),
    now: () => new Date(NOW),
  });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const about = { components: ['classifier'], incidentId: 'INC-2026-0227', round: 'opening' };
  const asked: Promise<CheckAnswers> = environment.run(activities[tool], about);
  const answers = await asked.catch((error: Error) => error);
  if (answers instanceof Error) return answers;
  const { measurements } = answers.classifier as CheckResult;
  for (const { numbers, samples, value, text, clears } of measurements) {
    for (const number of [...Object.values(numbers), ...Object.values(samples), value ?? 0])
      expect([text, Number.isFinite(number)]).toEqual([text, true]);
    expect(`${text} ${clears}`).not.toMatch(/NaN|Infinity|undefined|null(?! rate)/);
  }
  return (JSON.parse(JSON.stringify(answers)) as CheckAnswers).classifier as CheckResult;
}

const statesOf = (result: CheckResult | Error) =>
  result instanceof Error ? result.message : result.measurements.map(({ rule, state }) => `${rule} ${state}`);

test('a healthy hour is clear, so that what is spoilt below is what makes the difference', async () => {
  for (const tool of TOOLS) {
    const result = await check(tool, (rows) => rows);
    expect(result).not.toBeInstanceOf(Error);
    expect(new Set((result as CheckResult).measurements.map(({ state }) => state)).has('firing')).toBe(false);
  }
  expect(statesOf(await check('check_data_quality', (rows) => rows))).toEqual([
    'data_quality clear',
    'volume clear',
  ]);
});

test('nulls where rows are counted are an error that names the column', async () => {
  const spoilt = (column: string, value: Row[string]) => (rows: Row[]) =>
    rows.map((row) => (column in row ? { ...row, [column]: value } : row));
  expect(await check('query_snowflake', spoilt('tp', null))).toMatchObject({
    nonRetryable: true,
    message: "expected a count in the warehouse's column tp, got null",
  });
  expect(await check('query_snowflake', spoilt('n', Number.NaN))).toMatchObject({
    message: "expected a count in the warehouse's column n, got NaN",
  });
  expect(await check('check_data_quality', spoilt('null_cells', -3))).toMatchObject({
    message: "expected a count in the warehouse's column null_cells, got -3",
  });
  expect(await check('check_drift', spoilt('counts', '[1, null]'))).toMatchObject({
    message: expect.stringContaining('expected a JSON list of numbers'),
  });
  expect(await check('check_drift', spoilt('places', '[1, 2]'))).toMatchObject({
    message: expect.stringContaining('expected counts of each place that add up to present'),
  });
  expect(await check('check_drift', (rows) => rows.slice(1))).toBeInstanceOf(Error);
  expect(await check('query_snowflake', () => [])).toMatchObject({
    message: expect.stringContaining('expected one row'),
  });
});

test('a p99 that is none is not measured, and means that are none do not matter', async () => {
  const without =
    (value: Row[string], ...columns: string[]) =>
    (rows: Row[]) =>
      rows.map((row) => ({
        ...row,
        ...Object.fromEntries(columns.filter((column) => column in row).map((column) => [column, value])),
      }));
  for (const nothing of [null, Number.NaN, Number.POSITIVE_INFINITY]) {
    const timeless = await check('query_snowflake', without(nothing, 'latency_p99_ms', 'latency_p99_low_ms'));
    expect(statesOf(timeless)).toEqual([
      'accuracy_drop clear',
      'latency insufficient',
      'anomaly_spike clear',
    ]);
    expect(statesOf(await check('check_drift', without(nothing, 'mean')))).toContain('model_drift clear');
  }
});

test('in an hour without rows nothing but the volume says anything', async () => {
  const counted = ['n', 'flagged', 'labelled', 'tp', 'fp', 'fn', 'tn', 'timed'];
  const measured = ['latency_p99_ms', 'latency_p99_low_ms', 'latency_p99_high_ms', 'last_labelled_at'];
  const of = (names: string[], value: Row[string]) => Object.fromEntries(names.map((name) => [name, value]));
  const empty = (rows: Row[]) => rows.map((row) => ({ ...row, ...of(counted, 0), ...of(measured, null) }));
  expect(statesOf(await check('query_snowflake', empty))).toEqual([
    'accuracy_drop insufficient',
    'latency insufficient',
    'anomaly_spike insufficient',
  ]);
  const none = (rows: Row[]) =>
    'record_count' in rows[0]! && !('pipeline_name' in rows[0]!)
      ? [{ record_count: 0, null_cells: 0, schema_violations: 0, distinct_ids: 0 }]
      : rows;
  expect(statesOf(await check('check_data_quality', none))).toEqual([
    'data_quality insufficient',
    'volume firing',
  ]);
});

/** What a number may come as that is none, or not one that a count can be. */
const ODD = fc.constantFrom<Row[string]>(
  null,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  0.5,
  'x',
  '',
  true,
  1e308,
);

test('one odd cell anywhere never raises an alarm, and never leaves a number that JSON lacks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TOOLS), fc.nat(), fc.nat(), ODD, async (tool, row, column, odd) => {
      const result = await check(tool, (rows) => {
        const at = row % rows.length;
        const names = Object.keys(rows[at]!).filter(
          (name) => typeof rows[at]![name] === 'number' || name === 'places' || name === 'counts',
        );
        const name = names[column % names.length];
        return rows.map((each, i) => (i === at && name ? { ...each, [name]: odd } : each));
      });
      if (result instanceof Error) expect(result.message).toMatch(/^expected /);
      else expect(result.measurements.filter(({ state }) => state === 'firing')).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
