import { ApplicationFailure } from '@temporalio/activity';
import type { TimeWindow } from '../../src/domain/measurement.ts';
import type { ReferenceHistogram } from '../../src/domain/stats/drift.ts';
import { distinctEdges, PSI_PROBABILITIES } from '../../src/domain/stats/psi.ts';
import type { MonitorDeps, Subject } from './context.ts';

/** A model version's training rows in numbers: what its live rows are compared with. */
export interface Reference {
  window: TimeWindow;
  edges: Record<string, number[]>;
  histograms: ReferenceHistogram[];
}

/**
 * The reference of a version: quantile edges of its labelled training rows, and their counts. Computed once per version and
 * kept in the store; idempotent.
 * @throws ApplicationFailure `ReferenceMissing` when the warehouse has none of the training rows
 */
export async function referenceOf(
  deps: MonitorDeps,
  subject: Subject,
  signal: AbortSignal,
): Promise<Reference> {
  const { version } = subject.version;
  const key = `reference@2:${subject.model}:${version}`;
  const kept = await deps.store.document<Reference>(key);
  if (kept !== null) return kept;
  const { from, to } = subject.version.training;
  const scope = { model: subject.model, window: { from, to }, labelled: true };
  const quantiles = await deps.warehouse.featureQuantiles(
    scope,
    subject.features,
    [...PSI_PROBABILITIES],
    signal,
  );
  const edges = Object.fromEntries(
    Object.entries(quantiles.value).map(([feature, values]) => [feature, distinctEdges(values)]),
  );
  const counted = (await deps.warehouse.featureHistograms(scope, edges, signal)).value;
  const histograms = counted.map((histogram) => ({
    ...histogram,
    edges: edges[histogram.feature]!,
    psi_edges: edges[histogram.feature]!,
  }));
  if (!histograms.some((histogram) => histogram.n > histogram.nulls))
    throw ApplicationFailure.nonRetryable(
      `expected labelled training rows of ${subject.model} ${version} from ${from} to ${to} in ${deps.warehouse.system}, found none; load them to have drift measured`,
      'ReferenceMissing',
    );
  const reference: Reference = { window: { from, to }, edges, histograms };
  await deps.store.putDocument(key, reference);
  return reference;
}
