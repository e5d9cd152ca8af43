import type { Grid } from '../domain/stats/grid.ts';
import type { Scalar } from './port.ts';

/** One statement with the values of its `?`, in order. */
export interface Statement {
  sql: string;
  params: Scalar[];
}

/**
 * What differs between SQL engines. Everything else in `statements.ts` is understood by DuckDB and Snowflake alike.
 * Identifiers passed in are already quoted.
 */
export interface Dialect {
  readonly system: string;
  /** A bound ISO 8601 text as a timestamp in UTC. */
  timestamp: string;
  /** PREDICTION_LOGS.features parsed once per row, selected under the name `f`. */
  parsedFeatures(features: readonly string[]): string;
  /** One feature of the parsed column `f`, as a double; null where it is missing, no number (text, true, a list) or not finite. */
  feature(name: string): string;
  /**
   * Every feature counted over the places of its own grid (`placeOf`), in one scan of `rows` (`FROM PREDICTION_LOGS WHERE …`).
   * One row per feature: `feature`, `n` (rows), `present` (rows with a number), `places` (JSON text: those that hold any,
   * ascending), `counts` (JSON text: how many each holds), `mean` (null without any number). The grids are bound as one JSON
   * text.
   */
  histograms(rows: Statement, grids: Readonly<Record<string, Grid>>): Statement;
  /**
   * Quantiles of every feature at ascending probabilities, over the same `rows`, interpolated linearly between order
   * statistics as percentile_cont does. One row per feature that has a number: `feature`, `quantiles` (JSON text of numbers).
   */
  quantiles(rows: Statement, features: readonly string[], probabilities: readonly number[]): Statement;
  /** Start of the bucket that a timestamp falls into; `origin` is where buckets start. */
  bucket(seconds: number, origin: string): Statement;
  /** True for a row with a missing, unexpected or non-numeric field, given `features` and the count `nulls`. */
  violatesSchema(features: readonly string[]): string;
  /** Inserts an incident, or replaces the row of the same incident_id. Binds the seven columns in order. */
  saveIncident: string;
}
