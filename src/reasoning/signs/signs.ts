import type { CaseFile } from '../case-file.ts';
import * as inputs from './inputs.ts';
import * as model from './model.ts';
import { negated, type Reading } from './reading.ts';
import * as serving from './serving.ts';

/** Every sign and how it is read from the evidence. A new sign needs a reader, a line here and its name in a diagnosis rule. */
export const SIGNS = {
  features_drifted: inputs.featuresDrifted,
  features_moved: inputs.featuresMoved,
  aggregate_high: inputs.aggregateHigh,
  few_features: inputs.fewFeatures,
  abrupt: (c) => inputs.shape(c, true),
  gradual: (c) => inputs.shape(c, false),
  upstream_changed: (c) =>
    inputs.upstream(c, ['schema_version', 'source'], 'change of a pipeline’s schema or source'),
  runs_failed: (c) => inputs.upstream(c, ['failed'], 'failed pipeline run'),
  runs_missing: (c) => inputs.upstream(c, ['missing'], 'missing pipeline run'),
  runs_duplicate: (c) => inputs.upstream(c, ['duplicate'], 'batch that was loaded twice'),
  rows_repeated: inputs.rowsRepeated,
  nulls_high: inputs.nullsHigh,
  violations_high: inputs.violationsHigh,
  volume_low: (c) =>
    inputs.volumeReading(c, 'too few records', (r) => r < c.policy.thresholds.data_quality.volume_low),
  volume_high: (c) =>
    inputs.volumeReading(c, 'too many records', (r) => r > c.policy.thresholds.data_quality.volume_high),
  traffic_high: inputs.trafficHigh,
  f1_down: model.f1Down,
  f1_holds: (c) => negated(model.f1Down(c)),
  precision_down: model.precisionDown,
  precision_holds: (c) => negated(model.precisionDown(c)),
  flagged_up: model.flaggedUp,
  positives_up: model.positivesUp,
  deployed: model.deployed,
  new_version: model.newVersion,
  previous_better: model.previousBetter,
  training_off: model.trainingOff,
  latency_high: serving.latencyHigh,
  resources_full: serving.resourcesFull,
  queue_long: serving.queueLong,
} satisfies Record<string, (c: CaseFile) => Reading | undefined>;

export type Sign = keyof typeof SIGNS;
export type Readings = Partial<Record<Sign, Reading>>;

/** Reads every sign once. */
export function readSigns(c: CaseFile): Readings {
  const entries = Object.entries<(c: CaseFile) => Reading | undefined>(SIGNS).map(
    ([name, read]) => [name, read(c)] as const,
  );
  return Object.fromEntries(entries.filter(([, reading]) => reading !== undefined));
}

/** Whether a sign was seen. A sign that nobody could read was not. */
export const isSeen = (readings: Readings, sign: Sign): boolean => readings[sign]?.seen === true;
