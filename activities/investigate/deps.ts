import type { PolicyVersions } from '../../src/config/policy-versions.ts';
import type { Evidence, EvidenceRef } from '../../src/domain/evidence.ts';
import type { Knowledge } from '../../src/knowledge/port.ts';
import type { DriftFacts, Facts } from '../../src/reasoning/facts.ts';
import type { ModelSettings } from '../../src/reasoning/model/ollama.ts';
import type { Store } from '../../src/store/port.ts';
import type { Warehouse } from '../../src/warehouse/port.ts';
import type { ModelLookup } from '../models.ts';

/** What the Investigator's tools close over. They only read the systems; all they write is evidence. */
export interface InvestigateDeps {
  warehouse: Warehouse;
  models: ModelLookup;
  store: Pick<Store, 'saveEvidence' | 'evidenceOf'>;
  knowledge: Knowledge;
  /** `config.ollama`; null: the rules diagnose, no model is asked. */
  model: ModelSettings | null;
  policies: Pick<PolicyVersions, 'at'>;
  /** Warehouse time. */
  now: () => Date;
}

/** Stores an item and answers what the workflow keeps of it. Idempotent by the item's id. */
export async function keep(store: InvestigateDeps['store'], evidence: Evidence): Promise<EvidenceRef> {
  await store.saveEvidence(evidence);
  return { id: evidence.id, tool: evidence.tool, summary: evidence.summary };
}

/** Summaries enter workflow history, so they are short. */
export const short = (text: string) => (text.length > 300 ? `${text.slice(0, 299)}…` : text);

/** What the Monitor's last check of drift found for this incident. */
export function latestDrift(evidence: Evidence[]): DriftFacts | undefined {
  const drift = evidence.filter((item) => (item.facts as Facts | null)?.kind === 'drift');
  return drift.sort((a, b) => b.at.localeCompare(a.at))[0]?.facts as DriftFacts | undefined;
}
