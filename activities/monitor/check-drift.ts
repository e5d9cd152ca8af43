import { log } from '@temporalio/activity';
import { type Drift, measureDrift } from '../../src/domain/stats/drift.ts';
import { featureDrift, modelDrift } from '../../src/domain/triggers/drift.ts';
import type { DriftFacts } from '../../src/reasoning/facts.ts';
import type { MonitorActivities } from '../../workflows/contracts/monitor.ts';
import { type MonitorDeps, type Round, type Subject, servingOf } from './context.ts';
import { type Reference, referenceOf } from './reference.ts';
import { measuringTool } from './tool.ts';

/** Drift of a version's live rows against its own training rows, counted in the warehouse. */
export async function driftOf(
  round: Round,
  subject: Subject,
  signal: AbortSignal,
): Promise<{ drift: Drift; reference: Reference; query: string }> {
  const reference = await referenceOf(round, subject, signal);
  const current = await round.warehouse.featureHistograms(
    { model: subject.model, version: subject.version.version, window: subject.window },
    reference.cells,
    signal,
  );
  const drift = measureDrift(
    reference.histograms,
    current.value,
    subject.version.importances,
    subject.thresholds.model_drift,
  );
  return { drift, reference, query: current.query };
}

/** `check_drift`: aggregate PSI, and PSI and KS of each feature. The platform's own figure is noted, it decides nothing. */
export function checkDrift(deps: MonitorDeps): MonitorActivities['check_drift'] {
  return measuringTool('check_drift', deps, async (round, subject, request, signal) => {
    const { drift, reference, query } = await driftOf(round, subject, signal);
    const { version } = subject.version;
    const measured = { window: subject.window, query, version };
    const limits = subject.thresholds.model_drift;
    const clearBelow = subject.clearBelow;
    const aggregate = modelDrift(drift, measured, limits, clearBelow);
    const facts: DriftFacts = {
      kind: 'drift',
      model: subject.model,
      version,
      reference: reference.window,
      window: subject.window,
      aggregate: drift.aggregate ?? 0,
      aggregate_raw: drift.aggregate_raw ?? 0,
      features: [...drift.features].sort((a, b) => b.psi_corrected - a.psi_corrected),
      platform_aggregate:
        request.incidentId === undefined ? null : await platformAggregate(round, subject, signal),
    };
    return {
      measurements: [aggregate, ...featureDrift(drift, measured, limits, clearBelow)],
      evidence: [
        {
          system: round.warehouse.system,
          asked: query,
          window: subject.window,
          summary: aggregate.text,
          facts,
        },
      ],
    };
  });
}

/** Null when there is none, when it is about another version, or when the system does not answer: our own figure does not need it. */
async function platformAggregate(
  round: Round,
  { component, model, version }: Subject,
  signal: AbortSignal,
): Promise<number | null> {
  try {
    const report = await servingOf(round, component)?.drift(model, signal);
    return report?.version === version.version ? report.aggregate : null;
  } catch (error) {
    log.warn('platform gave no drift figure to compare with', { error: String(error) });
    return null;
  }
}
