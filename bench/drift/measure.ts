import type { DuckDBConnection } from '@duckdb/node-api';
import {
  type Histogram,
  measureDrift,
  REFERENCE_PROBABILITIES,
  type ReferenceHistogram,
  referenceCells,
} from '../../src/domain/stats/drift.ts';
import { numbersOf } from '../../src/drift-files/columns.ts';
import { exactKs } from '../../src/drift-files/numbers.ts';
import { runOn } from '../../src/sandbox/database.ts';
import type { Dialect, Statement } from '../../src/warehouse/dialect.ts';
import { placeCounts, sortedQuantiles } from '../../src/warehouse/duckdb/counts.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createSqlWarehouse } from '../../src/warehouse/sql-warehouse.ts';
import { MODEL, WINDOW } from './data.ts';

const LIMITS = { feature_psi: 0.2, false_discovery_rate: 0.05 };

/** Of this many runs the middle one counts: each takes a second or a few, and what else the machine does comes and goes. */
const RUNS = 3;

export interface Seconds {
  /** Cells and counts of the reference, done once per model version, and here. */
  reference: number;
  /** The current rows counted in one scan of typed columns, then PSI and binned KS of every feature. */
  psi_and_binned_ks: number;
  /** The same from the `features` column of PREDICTION_LOGS. */
  from_features: number;
  /** The exact two-sample test of every column, both sides read. */
  exact_ks: number;
}

/**
 * Times the service's own statements and statistics over the tables of `makeRows`.
 * @throws Error when two ways of measuring the same rows disagree
 */
export async function measure(
  connection: DuckDBConnection,
  rows: number,
  features: readonly string[],
): Promise<Seconds> {
  const run = ({ sql, params }: Statement) => runOn(connection, sql, params);
  /** A table with a column for each feature, asked as PREDICTION_LOGS is. */
  const typed = (table: string) => {
    const rows = { sql: `FROM ${table}`, params: [] };
    const column = (name: string) => `"${name}"`;
    const dialect: Dialect = {
      ...duckdbDialect,
      histograms: (_, grids) => placeCounts(rows, grids, column),
      quantiles: (_, names, probabilities) => sortedQuantiles(rows, names, probabilities, column),
    };
    return createSqlWarehouse(dialect, run);
  };
  const scope = { model: MODEL, window: WINDOW };
  const drift = (reference: ReferenceHistogram[], current: Histogram[]) =>
    measureDrift(reference, current, {}, LIMITS);

  const [{ cells, reference }, referenceSeconds] = await timed(1, async () => {
    const warehouse = typed('reference');
    const quantiles = await warehouse.featureQuantiles(scope, [...features], [...REFERENCE_PROBABILITIES]);
    const cells = Object.fromEntries(
      Object.entries(quantiles.value).map(([name, values]) => [name, referenceCells(values)]),
    );
    const counted = await warehouse.featureHistograms(scope, cells);
    return { cells, reference: counted.value.map((h) => ({ ...h, ...cells[h.feature]! })) };
  });
  const [fromColumns, typedSeconds] = await timed(RUNS, async () =>
    drift(reference, (await typed('current').featureHistograms(scope, cells)).value),
  );
  const warehouse = createSqlWarehouse(duckdbDialect, run);
  const [fromFeatures, featureSeconds] = await timed(RUNS, async () =>
    drift(reference, (await warehouse.featureHistograms(scope, cells)).value),
  );
  const [tests, exactSeconds] = await timed(RUNS, async () => {
    const found = new Map<string, number>();
    for (const name of features) {
      const was = await numbersOf(connection, { relation: 'reference', rows }, name, 'number');
      const is = await numbersOf(connection, { relation: 'current', rows }, name, 'number');
      found.set(name, exactKs(was, is)!.statistic);
    }
    return found;
  });
  for (const [i, { feature, psi, ks, ks_error_bound }] of fromColumns.features.entries()) {
    const exact = tests.get(feature)!;
    const other = fromFeatures.features[i]!;
    if (psi !== other.psi || ks !== other.ks || exact < ks - 1e-12 || exact > ks + ks_error_bound + 1e-12)
      throw new Error(
        `${feature}: typed columns give PSI ${psi} and KS ${ks} (+ ${ks_error_bound}), features ${other.psi} and ${other.ks}, the exact test ${exact}`,
      );
  }
  return {
    reference: referenceSeconds,
    psi_and_binned_ks: typedSeconds,
    from_features: featureSeconds,
    exact_ks: exactSeconds,
  };
}

/** The work's result, and the median of its seconds. */
async function timed<T>(runs: number, work: () => Promise<T>): Promise<[T, number]> {
  const times: number[] = [];
  for (;;) {
    const begun = performance.now();
    const result = await work();
    times.push((performance.now() - begun) / 1000);
    if (times.length === runs) return [result, times.sort((a, b) => a - b)[runs >> 1]!];
  }
}
