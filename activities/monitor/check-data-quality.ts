import { type ExpectedCount, expectedCount, VOLUME_WEEKS } from '../../src/domain/stats/volume.ts';
import { dataQuality, volume } from '../../src/domain/triggers/quality.ts';
import type { QualityFacts } from '../../src/reasoning/facts.ts';
import type { Answer, QualityRow } from '../../src/warehouse/port.ts';
import type { MonitorActivities } from '../../workflows/contracts/monitor.ts';
import type { MonitorDeps, Round, Subject } from './context.ts';
import { measuringTool } from './tool.ts';

const WEEK = 7 * 24 * 3_600_000;
/** Reported batches that evidence keeps. */
const REPORTED = 10;

/**
 * `check_data_quality`: the batch that came in during the window, measured against the features the model expects, and its
 * size against what this hour of the week has brought. Several pipelines of one model land in the same rows: they are judged
 * together. What the pipelines report of themselves (DATA_QUALITY) only says how much to expect.
 */
export function checkDataQuality(deps: MonitorDeps): MonitorActivities['check_data_quality'] {
  return measuringTool('check_data_quality', deps, async (round, subject, _request, signal) => {
    const window = subject.arrivals;
    const [batch, histories] = await Promise.all([
      round.warehouse.batchQuality({ model: subject.model, window }, subject.features, signal),
      reportedBatches(round, subject, signal),
    ]);
    const pipeline = subject.pipelines.map(({ name }) => name).join('+') || subject.model;
    const expected = together(histories.map(({ value }) => expectedCount(value, window)));
    const reported = histories
      .flatMap(({ value }) => value)
      .filter((row) => Date.parse(row.timestamp) >= Date.parse(window.from))
      .slice(-REPORTED);
    const measured = { window, query: batch.query, version: subject.version.version };
    // The expectation is half of a volume's numbers, and comes first: of a long text the beginning and the end are kept.
    const compared = { ...measured, query: [...histories.map(({ query }) => query), batch.query].join('; ') };
    const limits = subject.thresholds.data_quality;
    const clearBelow = subject.clearBelow;
    const quality = dataQuality(batch.value, pipeline, measured, limits, clearBelow);
    const size = volume(batch.value.record_count, expected, pipeline, compared, limits, clearBelow);
    const facts: QualityFacts = {
      kind: 'quality',
      pipeline,
      window,
      record_count: batch.value.record_count,
      expected_count: expected?.count ?? null,
      null_rate: quality.numbers.null_rate ?? 0,
      schema_violations: batch.value.schema_violations,
      repeated_rows: batch.value.repeated,
      reported,
    };
    return {
      measurements: [quality, size],
      evidence: {
        system: round.warehouse.system,
        asked: compared.query,
        window,
        summary: `${quality.text}; ${size.text.slice(pipeline.length + 2)}; ${facts.repeated_rows} rows repeat another's id`,
        facts,
      },
    };
  });
}

/** DATA_QUALITY of each pipeline over the weeks that an expectation is taken from, and the window itself. */
function reportedBatches(
  round: Round,
  subject: Subject,
  signal: AbortSignal,
): Promise<Answer<QualityRow[]>[]> {
  const { from, to } = subject.arrivals;
  const since = new Date(Date.parse(from) - (VOLUME_WEEKS + 1) * WEEK).toISOString();
  return Promise.all(
    subject.pipelines.map(({ name }) => round.warehouse.dataQuality(name, { from: since, to }, signal)),
  );
}

/** What several pipelines bring together; null where one of them is not known, or there is none. */
function together(each: (ExpectedCount | null)[]): ExpectedCount | null {
  return each.reduce<ExpectedCount | null>(
    (sum, one) =>
      sum &&
      one && {
        count: sum.count + one.count,
        middle: [sum.middle[0] + one.middle[0], sum.middle[1] + one.middle[1]],
        low: sum.low + one.low,
        high: sum.high + one.high,
        weeks: Math.min(sum.weeks, one.weeks),
      },
    each.length ? { count: 0, middle: [0, 0], low: 0, high: 0, weeks: VOLUME_WEEKS } : null,
  );
}
