import type { Measurement } from '../measurement.ts';
import type { Thresholds } from '../policy.ts';
import { count, level, type Measured, percent, shortQuery } from './level.ts';

/** A batch as measured against the fields its model expects. */
export interface Batch {
  record_count: number;
  cells: number;
  null_cells: number;
  schema_violations: number;
}

type Limits = Thresholds['data_quality'];

/** max(null rate, records that violate the schema / records) over `bad_share`. `pipeline` is the measurement's subject. */
export function dataQuality(
  batch: Batch,
  pipeline: string,
  measured: Measured,
  limits: Limits,
  clearBelow: number,
): Measurement {
  const nullRate = batch.cells > 0 ? batch.null_cells / batch.cells : 0;
  const violationRate = batch.record_count > 0 ? batch.schema_violations / batch.record_count : 0;
  const value = batch.record_count > 0 ? Math.max(nullRate, violationRate) : null;
  return {
    rule: 'data_quality',
    state: level({
      enough: batch.record_count >= limits.min_records,
      past: value !== null && value > limits.bad_share,
      cleared: value !== null && value < limits.bad_share * clearBelow,
    }),
    subject: pipeline,
    value,
    threshold: limits.bad_share,
    window: measured.window,
    samples: { current: batch.record_count },
    numbers: {
      null_rate: nullRate,
      violation_rate: violationRate,
      schema_violations: batch.schema_violations,
    },
    query: shortQuery(measured.query),
    text: `${pipeline}: null rate ${percent(nullRate)}, schema violations in ${percent(violationRate)} of ${count(batch.record_count)} records (limit ${percent(limits.bad_share)})`,
  };
}

/**
 * Records below `volume_low` or above `volume_high` of what this hour of the week brings. Enough data is what is expected,
 * not what came: no records at all where many are expected is an outage, 8 where 8 are usual says nothing.
 * Value: the ratio; threshold: the one on its side of 1. Subject `transactions:volume`, so that how much came and what was in it
 * are two symptoms.
 */
export function volume(
  recordCount: number,
  expected: number | null,
  pipeline: string,
  measured: Measured,
  limits: Limits,
  clearBelow: number,
): Measurement {
  const value = expected ? recordCount / expected : null;
  const low = value !== null && value < 1;
  return {
    rule: 'volume',
    state: level({
      enough: expected !== null && expected >= limits.min_records,
      past: value !== null && (value < limits.volume_low || value > limits.volume_high),
      cleared:
        value !== null && value > limits.volume_low / clearBelow && value < limits.volume_high * clearBelow,
    }),
    subject: `${pipeline}:volume`,
    value,
    threshold: low ? limits.volume_low : limits.volume_high,
    window: measured.window,
    samples: { current: recordCount, ...(expected !== null && { expected: Math.round(expected) }) },
    numbers: { record_count: recordCount, ...(expected !== null && { expected_count: expected }) },
    query: shortQuery(measured.query),
    text:
      value === null || expected === null
        ? `${pipeline}: ${count(recordCount)} records; how many to expect at this hour of the week is not known`
        : `${pipeline}: ${count(recordCount)} records, ${percent(value)} of the ${count(expected)} expected at this hour of the week (limits ${percent(limits.volume_low)} and ${percent(limits.volume_high)})`,
  };
}
