import type { InvestigateActivities } from '../../workflows/contracts/investigate.ts';
import { compareModelVersions } from './compare-model-versions.ts';
import type { InvestigateDeps } from './deps.ts';
import { diagnose } from './diagnose.ts';
import { querySnowflakeHistory } from './query-snowflake-history.ts';
import { searchIncidents } from './search-incidents.ts';
import { searchRunbooks } from './search-runbooks.ts';

export type { InvestigateDeps } from './deps.ts';

/** The Investigator's tools, as a worker registers them. */
export function investigateActivities(deps: InvestigateDeps): InvestigateActivities {
  return {
    search_runbooks: searchRunbooks(deps),
    search_incidents: searchIncidents(deps),
    query_snowflake_history: querySnowflakeHistory(deps),
    compare_model_versions: compareModelVersions(deps),
    diagnose: diagnose(deps),
  };
}
