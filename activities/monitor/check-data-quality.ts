import { expectedCount, VOLUME_WEEKS } from '../../src/domain/stats/volume.ts';
import { dataQuality, volume } from '../../src/domain/triggers/quality.ts';
import type { QualityFacts } from '../../src/reasoning/facts.ts';
import type { QualityRow } from '../../src/warehouse/port.ts';
import type { MonitorActivities } from '../../workflows/contracts.ts';
import type { MonitorDeps, Subject } from './context.ts';
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
  return measuringTool('check_data_quality', deps, async (deps, subject, _request, signal) => {
    const window = subject.arrivals;
    const [batch, history] = await Promise.all([
      deps.warehouse.batchQuality({ model: subject.model, window }, subject.features, signal),
      reportedBatches(deps, subject, signal),
    ]);
    const pipeline = subject.pipelines.join('+') || subject.model;
    const expected = sumOrNull(history.map((rows) => expectedCount(rows, window)));
    const reported = history
      .flat()
      .filter((row) => Date.parse(row.timestamp) >= Date.parse(window.from))
      .slice(-REPORTED);
    const measured = { window, query: batch.query, version: subject.version.version };
    const limits = subject.policy.thresholds.data_quality;
    const clearBelow = subject.policy.poll.clear_below;
    const quality = dataQuality(batch.value, pipeline, measured, limits, clearBelow);
    const size = volume(batch.value.record_count, expected, pipeline, measured, limits, clearBelow);
    const facts: QualityFacts = {
      kind: 'quality',
      pipeline,
      window,
      record_count: batch.value.record_count,
      expected_count: expected,
      null_rate: quality.numbers.null_rate ?? 0,
      schema_violations: batch.value.schema_violations,
      repeated_rows: batch.value.repeated,
      reported,
    };
    return {
      measurements: [quality, size],
      evidence: {
        system: deps.warehouse.system,
        asked: batch.query,
        window,
        summary: `${quality.text}; ${size.text.slice(pipeline.length + 2)}; ${facts.repeated_rows} rows repeat another's id`,
        facts,
      },
    };
  });
}

/** DATA_QUALITY of each pipeline over the weeks that an expectation is taken from, and the window itself. */
function reportedBatches(deps: MonitorDeps, subject: Subject, signal: AbortSignal): Promise<QualityRow[][]> {
  const { from, to } = subject.arrivals;
  const since = new Date(Date.parse(from) - (VOLUME_WEEKS + 1) * WEEK).toISOString();
  return Promise.all(
    subject.pipelines.map(
      async (pipeline) => (await deps.warehouse.dataQuality(pipeline, { from: since, to }, signal)).value,
    ),
  );
}

function sumOrNull(values: (number | null)[]): number | null {
  return values.reduce(
    (acc, value) => (acc === null || value === null ? null : acc + value),
    values.length ? 0 : null,
  );
}
