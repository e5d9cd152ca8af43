import { type ExpectedCount, expectedCount, VOLUME_WEEKS } from '../../src/domain/stats/volume.ts';
import { type Batch, dataQuality, volume } from '../../src/domain/triggers/quality.ts';
import type { QualityRow } from '../../src/domain/warehouse-rows.ts';
import type { QualityFacts } from '../../src/reasoning/facts.ts';
import type { Answer, BatchQuality } from '../../src/warehouse/port.ts';
import type { MonitorActivities } from '../../workflows/contracts/monitor.ts';
import type { MonitorDeps, Round, Subject } from './context.ts';
import { measuringTool } from './tool.ts';

const WEEK = 7 * 24 * 3_600_000;
/** Reported batches that evidence keeps. */
const REPORTED = 10;

/**
 * `check_data_quality`: the batch that came in during the window, measured against the features the model expects, and its
 * size against what this hour of the week has brought. Several pipelines of one model land in the same rows: they are judged
 * together. A pipeline that policy gives `features` fills in those of rows that others bring: it is judged by its own nulls,
 * and not by how many rows come. What the pipelines report of themselves (DATA_QUALITY) only says how much to expect.
 */
export function checkDataQuality(deps: MonitorDeps): MonitorActivities['check_data_quality'] {
  return measuringTool('check_data_quality', deps, async (round, subject, _request, signal) => {
    const window = subject.arrivals;
    const parts = enrichingParts(subject);
    const [batch, histories] = await Promise.all([
      round.warehouse.batchQuality({ model: subject.model, window }, subject.features, parts, signal),
      reportedBatches(round, subject, signal),
    ]);
    const pipeline = bringing(subject).join('+') || subject.model;
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
    const { own, others } = apart(batch.value, parts);
    const quality = dataQuality(own, pipeline, measured, limits, clearBelow);
    const filledIn = others.map(([name, part]) => ({
      name,
      part,
      quality: dataQuality(part, name, measured, limits, clearBelow),
    }));
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
      measurements: [quality, size, ...filledIn.map((each) => each.quality)],
      evidence: [
        {
          system: round.warehouse.system,
          asked: compared.query,
          window,
          summary: `${quality.text}; ${size.text.slice(pipeline.length + 2)}; ${facts.repeated_rows} rows repeat another's id`,
          facts,
        },
        ...filledIn.map(({ name, part, quality: { text, numbers } }) => ({
          system: round.warehouse.system,
          asked: batch.query,
          window,
          summary: text,
          facts: {
            kind: 'quality',
            pipeline: name,
            window,
            record_count: part.record_count,
            expected_count: null,
            null_rate: numbers.null_rate ?? 0,
            schema_violations: 0,
            repeated_rows: 0,
            reported: [],
          } satisfies QualityFacts,
        })),
      ],
    };
  });
}

/** Names of the pipelines that bring the rows. */
const bringing = ({ pipelines }: Subject) =>
  pipelines.filter(({ features }) => features === null).map(({ name }) => name);

/** The model's features that each enriching pipeline fills in. */
function enrichingParts({ pipelines, features: expected }: Subject): Record<string, string[]> {
  const parts = pipelines.map(({ name, features }): [string, string[]] => [
    name,
    (features ?? []).filter((feature) => expected.includes(feature)),
  ]);
  return Object.fromEntries(parts.filter(([, features]) => features.length > 0));
}

/** A batch without what enriching pipelines fill in, and each of these by itself. */
function apart(
  batch: BatchQuality,
  parts: Record<string, string[]>,
): { own: Batch; others: [string, Batch][] } {
  const others = Object.entries(parts).map(([name, features]): [string, Batch] => [
    name,
    {
      record_count: batch.record_count,
      cells: batch.record_count * features.length,
      null_cells: batch.null_cells_in[name] ?? 0,
      schema_violations: 0,
    },
  ]);
  const sum = (of: 'cells' | 'null_cells') => others.reduce((total, [, part]) => total + part[of], 0);
  const own = {
    ...batch,
    cells: batch.cells - sum('cells'),
    null_cells: batch.null_cells - sum('null_cells'),
  };
  return { own, others };
}

/** DATA_QUALITY of each pipeline that brings rows, over the weeks that an expectation is taken from, and the window itself. */
function reportedBatches(
  round: Round,
  subject: Subject,
  signal: AbortSignal,
): Promise<Answer<QualityRow[]>[]> {
  const { from, to } = subject.arrivals;
  const since = new Date(Date.parse(from) - (VOLUME_WEEKS + 1) * WEEK).toISOString();
  return Promise.all(
    bringing(subject).map((name) => round.warehouse.dataQuality(name, { from: since, to }, signal)),
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
