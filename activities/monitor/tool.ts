import { cancellationSignal } from '@temporalio/activity';
import type { Evidence, EvidenceRef } from '../../src/domain/evidence.ts';
import { evidenceId } from '../../src/domain/evidence-id.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import type { Facts } from '../../src/reasoning/facts.ts';
import type { CheckRequest, CheckResult } from '../../workflows/contracts.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { type MonitorDeps, type Subject, subjectOf } from './context.ts';

/** What a tool found: its measurements, and what an incident keeps of it. */
export interface Finding {
  measurements: Measurement[];
  evidence: Pick<Evidence, 'system' | 'asked' | 'window' | 'summary' | 'cut'> & { facts: Facts };
}

const SUMMARY = 300;

/**
 * Makes an activity of a measurement: resolves the subject, measures, keeps the whole answer as evidence when the request
 * belongs to an incident. Reads only, so it is safe to retry; a retry within a round keeps the first evidence.
 * @throws ApplicationFailure, not retryable where the warehouse or platform says that trying again is no use
 */
export function measuringTool(
  tool: string,
  deps: MonitorDeps,
  measure: (subject: Subject, request: CheckRequest, signal: AbortSignal) => Promise<Finding>,
): (request: CheckRequest) => Promise<CheckResult> {
  return (request) =>
    permanentErrorsFail(async () => {
      const signal = cancellationSignal();
      const subject = await subjectOf(deps, request, signal);
      const finding = await measure(subject, request, signal);
      return {
        measurements: finding.measurements.map((measurement) => slim(measurement, request)),
        evidence: await keep(tool, deps, request, finding.evidence),
        activeVersion: subject.activeVersion,
      };
    });
}

/** Histories are kept for weeks: only what a poll makes an alert of carries its statement; an incident's evidence has it. */
function slim(measurement: Measurement, { incidentId, version }: CheckRequest): Measurement {
  const polled = incidentId === undefined && version === undefined;
  return polled && measurement.state === 'firing' ? measurement : { ...measurement, query: '' };
}

async function keep(
  tool: string,
  deps: MonitorDeps,
  request: CheckRequest,
  found: Finding['evidence'],
): Promise<EvidenceRef[]> {
  if (request.incidentId === undefined) return [];
  const id = evidenceId(tool, request.incidentId, request.round ?? '', [
    request.component,
    request.version ?? null,
    request.since ?? null,
  ]);
  const summary = found.summary.length <= SUMMARY ? found.summary : `${found.summary.slice(0, SUMMARY - 1)}…`;
  await deps.store.saveEvidence({
    ...found,
    id,
    tool,
    summary,
    incident_id: request.incidentId,
    at: deps.now().toISOString(),
  });
  return [{ id, tool, summary }];
}
