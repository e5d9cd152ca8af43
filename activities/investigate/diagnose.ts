import { ApplicationFailure } from '@temporalio/common';
import { faultsOf } from '../../src/reasoning/check.ts';
import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import type { InvestigateActivities } from '../../workflows/contracts.ts';
import type { InvestigateDeps } from './deps.ts';

/**
 * Tool `diagnose`: one round of reasoning over everything stored for the incident. Deterministic, so safe to retry. A
 * diagnosis that cites what was not collected, or wants what is not in the catalogue, is refused for good: trying again
 * would give the same.
 */
export function diagnose({ store, policy }: InvestigateDeps): InvestigateActivities['diagnose'] {
  return async ({ incidentId, strategy, alerts, pastOutcomes }) => {
    const evidence = await store.evidenceOf(incidentId);
    const diagnosis = diagnoseByRules({ strategy, alerts, evidence, pastOutcomes, policy: policy() });
    const faults = faultsOf(diagnosis, new Set(evidence.map((item) => item.id)));
    if (faults.length > 0)
      throw ApplicationFailure.nonRetryable(
        `the diagnosis is not usable: ${faults.join('; ')}`,
        'BadDiagnosis',
      );
    return { diagnosis, wanted: [], calls: [] };
  };
}
