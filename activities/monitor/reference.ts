import { ApplicationFailure } from '@temporalio/activity';
import type { TimeWindow } from '../../src/domain/measurement.ts';
import {
  type Cells,
  REFERENCE_PROBABILITIES,
  type ReferenceHistogram,
  referenceCells,
} from '../../src/domain/stats/drift.ts';
import type { Round, Subject } from './context.ts';

/** A model version's training rows in numbers: what its live rows are compared with. */
export interface Reference {
  window: TimeWindow;
  histograms: ReferenceHistogram[];
  /** The cells of `histograms` by feature, as the warehouse is asked: one object for one kept reference. */
  cells: Record<string, Cells>;
}

type Kept = Omit<Reference, 'cells'>;

/**
 * The reference of a version: its labelled training rows, counted between their own quantiles. Computed once per version
 * and kept in the store, some 250 KB for 28 features; anew when the version turns out to be trained on another window.
 * Idempotent.
 * @throws ApplicationFailure `ReferenceMissing` when the warehouse has none of the training rows
 */
export async function referenceOf(round: Round, subject: Subject, signal: AbortSignal): Promise<Reference> {
  const { version } = subject.version;
  const { from, to } = subject.version.training;
  // The number is that of the document's format.
  const key = `reference@4:${subject.model}:${version}`;
  const kept = await round.store.document<Kept>(key);
  if (kept?.window.from === from && kept.window.to === to) return withCells(kept);
  const scope = { model: subject.model, window: { from, to }, labelled: true };
  const quantiles = await round.warehouse.featureQuantiles(
    scope,
    subject.features,
    [...REFERENCE_PROBABILITIES],
    signal,
  );
  const cells = Object.fromEntries(
    subject.features.map((feature) => [feature, referenceCells(quantiles.value[feature] ?? [])]),
  );
  const counted = (await round.warehouse.featureHistograms(scope, cells, signal)).value;
  if (!counted.some((histogram) => histogram.n > histogram.nulls))
    throw ApplicationFailure.nonRetryable(
      `expected labelled training rows of ${subject.model} ${version} from ${from} to ${to} in ${round.warehouse.system}, found none; load them to have drift measured`,
      'ReferenceMissing',
    );
  const reference: Kept = {
    window: { from, to },
    histograms: counted.map((histogram) => ({ ...histogram, ...cells[histogram.feature]! })),
  };
  await round.store.putDocument(key, reference);
  return withCells(reference);
}

const cellsOf = new WeakMap<Kept, Reference['cells']>();

/** The cells are put together once per reading: every component of a model asks with the same. */
function withCells(kept: Kept): Reference {
  const cells =
    cellsOf.get(kept) ??
    Object.fromEntries(kept.histograms.map(({ feature, grid, edges }) => [feature, { grid, edges }]));
  cellsOf.set(kept, cells);
  return { ...kept, cells };
}
