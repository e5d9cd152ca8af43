import type { Measurement } from '../measurement.ts';
import type { Thresholds } from '../policy/thresholds.ts';
import { wilson } from '../stats/interval.ts';
import type { ExpectedCount } from '../stats/volume.ts';
import { count, percent } from '../text.ts';
import { conclude, type Measured } from './level.ts';

/** A batch as measured against the fields its model expects. */
export interface Batch {
  record_count: number;
  cells: number;
  null_cells: number;
  schema_violations: number;
}

type Limits = Thresholds['data_quality'];

/**
 * max(null rate, records that violate the schema / records) over `bad_share`. Alarms only if the lower 95 % bound does; nulls
 * of one record come together, so that records are the trials for both. `pipeline` is the measurement's subject.
 */
export function dataQuality(
  batch: Batch,
  pipeline: string,
  measured: Measured,
  limits: Limits,
  clearBelow: number,
): Measurement {
  const { record_count: records, cells, null_cells, schema_violations } = batch;
  const nullRate = cells > 0 ? null_cells / cells : 0;
  const violationRate = records > 0 ? schema_violations / records : 0;
  const value = records > 0 ? Math.max(nullRate, violationRate) : null;
  const [low, high] = wilson((value ?? 0) * records, records);
  return conclude(
    {
      rule: 'data_quality',
      is: {
        enough: records >= limits.min_records && value !== null && value <= 1,
        past: low > limits.bad_share,
        cleared: value !== null && value < limits.bad_share * clearBelow,
      },
      subject: pipeline,
      value,
      threshold: limits.bad_share,
      samples: { current: records },
      numbers: {
        null_rate: nullRate,
        violation_rate: violationRate,
        schema_violations,
        bad_share_lower: low,
        bad_share_upper: high,
      },
      text: `${pipeline}: null rate ${percent(nullRate, 1)}, schema violations in ${percent(violationRate, 1)} of ${count(records)} records (limit ${percent(limits.bad_share, 1)}, the worse is 95 % ${percent(low, 1)} to ${percent(high, 1)})`,
      clears: `below ${percent(limits.bad_share * clearBelow, 1)} with at least ${count(limits.min_records)} records`,
    },
    measured,
  );
}

/**
 * Records below `volume_low` or above `volume_high` of what this hour of the week brings. Enough data is what is expected,
 * not what came: no records at all where many are expected is an outage, 8 where 8 are usual says nothing. Where the weeks
 * disagree on what to expect, the count has to be past the limit for either. It clears at most half way to what is expected,
 * however far the limits are set. Value: the ratio; threshold: the one on its side of 1. Subject `transactions:volume`, so
 * that how much came and what was in it are two symptoms.
 */
export function volume(
  recordCount: number,
  expected: ExpectedCount | null,
  pipeline: string,
  measured: Measured,
  limits: Limits,
  clearBelow: number,
): Measurement {
  const usual = expected?.count ?? 0;
  const value = usual > 0 ? recordCount / usual : null;
  const { volume_low: low, volume_high: high } = limits;
  const clearsAbove = Math.min(low / clearBelow, (1 + low) / 2);
  const clearsBelow = Math.max(high * clearBelow, (1 + high) / 2);
  const normalBeside = (week: number) => recordCount > clearsAbove * week && recordCount < clearsBelow * week;
  return conclude(
    {
      rule: 'volume',
      is: {
        enough: usual >= limits.min_records && recordCount >= 0,
        past: expected !== null && (recordCount < low * expected.low || recordCount > high * expected.high),
        cleared: expected?.middle.some(normalBeside) ?? false,
      },
      subject: `${pipeline}:volume`,
      value,
      threshold: value !== null && value < 1 ? low : high,
      samples: {
        current: recordCount,
        ...(expected && { expected: Math.round(usual), weeks: expected.weeks }),
      },
      numbers: {
        record_count: recordCount,
        ...(expected && { expected_count: usual, expected_low: expected.low, expected_high: expected.high }),
      },
      text:
        expected === null || value === null
          ? `${pipeline}: ${count(recordCount)} records; how many to expect at this hour of the week is not known`
          : `${pipeline}: ${count(recordCount)} records, ${percent(value, 1)} of the ${count(usual)} (${count(expected.low)} to ${count(expected.high)}) expected at this hour of the week (limits ${percent(low, 1)} and ${percent(high, 1)})`,
      clears: `between ${percent(clearsAbove, 1)} and ${percent(clearsBelow, 1)} of what is expected${expected ? `, now ${count(clearsAbove * usual)} to ${count(clearsBelow * usual)} records` : ''}`,
    },
    measured,
  );
}
