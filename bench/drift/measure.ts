import type { DuckDBConnection } from '@duckdb/node-api';
import {
  type Histogram,
  measureDrift,
  REFERENCE_PROBABILITIES,
  type ReferenceHistogram,
  referenceEdges,
} from '../../src/domain/stats/drift.ts';
import { numbersOf } from '../../src/drift-files/columns.ts';
import { exactKs } from '../../src/drift-files/numbers.ts';
import { duckdbDialect } from '../../src/warehouse/dialect.ts';
import { cellCounts, sortedQuantiles } from '../../src/warehouse/duckdb-counts.ts';
import type { Row, Scalar } from '../../src/warehouse/port.ts';
import { createSqlWarehouse } from '../../src/warehouse/sql-warehouse.ts';
import type { Statement } from '../../src/warehouse/statements.ts';
import { MODEL, WINDOW } from './data.ts';

const LIMITS = { feature_psi: 0.2, false_discovery_rate: 0.05 };

/** The fastest of these counts: each takes a second or two, and what else the machine does can only lengthen it. */
const RUNS = 5;

export interface Seconds {
  /** Edges and counts of the reference, done once per model version, and here. */
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
  const run = async ({ sql, params }: Statement): Promise<Row[]> => {
    const result = await connection.runAndReadAll(sql, params);
    const names = result.columnNames();
    return result
      .getRows()
      .map((row) =>
        Object.fromEntries(
          row.map((value, i) => [names[i]!, typeof value === 'bigint' ? Number(value) : (value as Scalar)]),
        ),
      );
  };
  const typed = (table: string, edges: Record<string, number[]>): Promise<Histogram[]> =>
    run(cellCounts({ sql: `FROM ${table}`, params: [] }, edges, (name) => `"${name}"`)).then((answer) =>
      answer.map((row) => ({
        feature: row.feature as string,
        counts: JSON.parse(row.counts as string) as number[],
        nulls: (row.n as number) - (row.present as number),
        mean: row.mean as number,
        std: row.std as number,
      })),
    );
  const drift = (reference: ReferenceHistogram[], current: Histogram[]) =>
    measureDrift(reference, current, {}, LIMITS);

  const [{ edges, reference }, referenceSeconds] = await timed(1, async () => {
    const answer = await run(
      sortedQuantiles(
        { sql: 'FROM reference', params: [] },
        features,
        REFERENCE_PROBABILITIES,
        (name) => `"${name}"`,
      ),
    );
    const cells = Object.fromEntries(
      answer.map((row) => [row.feature, referenceEdges(JSON.parse(row.quantiles as string))]),
    );
    const edges = Object.fromEntries(features.map((name) => [name, cells[name]!.edges]));
    const counted = await typed('reference', edges);
    return { edges, reference: counted.map((h) => ({ ...h, ...cells[h.feature]! })) };
  });
  const [fromColumns, typedSeconds] = await timed(RUNS, async () =>
    drift(reference, await typed('current', edges)),
  );
  const warehouse = createSqlWarehouse(duckdbDialect, run);
  const scope = { model: MODEL, window: WINDOW };
  const [fromFeatures, featureSeconds] = await timed(RUNS, async () =>
    drift(reference, (await warehouse.featureHistograms(scope, edges)).value),
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

/** The work's result, and the seconds of its fastest run. */
async function timed<T>(runs: number, work: () => Promise<T>): Promise<[T, number]> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 1; ; run++) {
    const begun = performance.now();
    const result = await work();
    fastest = Math.min(fastest, performance.now() - begun);
    if (run === runs) return [result, fastest / 1000];
  }
}
