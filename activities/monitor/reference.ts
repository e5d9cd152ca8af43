import { ApplicationFailure } from '@temporalio/activity';
import type { TimeWindow } from '../../src/domain/measurement.ts';
import {
  REFERENCE_PROBABILITIES,
  type ReferenceHistogram,
  referenceEdges,
} from '../../src/domain/stats/drift.ts';
import type { MonitorDeps, Subject } from './context.ts';

/** A model version's training rows in numbers: what its live rows are compared with. */
export interface Reference {
  window: TimeWindow;
  histograms: ReferenceHistogram[];
  /** The edges of `histograms` by feature, as the warehouse is asked: one object for one kept reference. */
  edges: Record<string, number[]>;
}

type Kept = Omit<Reference, 'edges'>;

/**
 * The reference of a version: its labelled training rows, counted between their own quantiles. Computed once per version
 * and kept in the store, some 700 KB for 28 features; anew when the version turns out to be trained on another window.
 * Idempotent.
 * @throws ApplicationFailure `ReferenceMissing` when the warehouse has none of the training rows
 */
export async function referenceOf(
  deps: MonitorDeps,
  subject: Subject,
  signal: AbortSignal,
): Promise<Reference> {
  const { version } = subject.version;
  const { from, to } = subject.version.training;
  // The number is that of the document's format.
  const key = `reference@3:${subject.model}:${version}`;
  const kept = await deps.store.document<Kept>(key);
  if (kept?.window.from === from && kept.window.to === to) return withEdges(kept);
  const scope = { model: subject.model, window: { from, to }, labelled: true };
  const quantiles = await deps.warehouse.featureQuantiles(
    scope,
    subject.features,
    [...REFERENCE_PROBABILITIES],
    signal,
  );
  const cells = subject.features.map((feature) => referenceEdges(quantiles.value[feature] ?? []));
  const edges = Object.fromEntries(subject.features.map((feature, i) => [feature, cells[i]!.edges]));
  const counted = (await deps.warehouse.featureHistograms(scope, edges, signal)).value;
  if (!counted.some((histogram) => histogram.n > histogram.nulls))
    throw ApplicationFailure.nonRetryable(
      `expected labelled training rows of ${subject.model} ${version} from ${from} to ${to} in ${deps.warehouse.system}, found none; load them to have drift measured`,
      'ReferenceMissing',
    );
  const reference: Kept = {
    window: { from, to },
    histograms: counted.map((histogram, i) => ({ ...histogram, ...cells[i]! })),
  };
  await deps.store.putDocument(key, reference);
  return withEdges(reference);
}

const edgesOf = new WeakMap<Kept, Reference['edges']>();

/** The edges are put together once per reading: they are large, and every component of a model asks with them. */
function withEdges(kept: Kept): Reference {
  const edges =
    edgesOf.get(kept) ??
    Object.fromEntries(kept.histograms.map((histogram) => [histogram.feature, histogram.edges]));
  edgesOf.set(kept, edges);
  return { ...kept, edges };
}
