import type { Evidence } from '../domain/evidence.ts';
import type { InvestigationView } from '../domain/investigation.ts';
import type { Store } from './port.ts';

/** Everything that an answer may cite: what was collected for its question, then what the open incident's diagnosis rests on. */
export async function citableEvidence(
  store: Pick<Store, 'evidence' | 'evidenceOf' | 'incident'>,
  { investigation_id, incident_id }: Pick<InvestigationView, 'investigation_id' | 'incident_id'>,
): Promise<Evidence[]> {
  const incident = incident_id === null ? null : await store.incident(incident_id);
  const theirs = await store.evidence(incident?.diagnosis?.evidence ?? []);
  return [...(await store.evidenceOf(investigation_id)), ...theirs];
}
