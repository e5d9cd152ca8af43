import type { InvestigateActivities } from '../../workflows/contracts/investigate.ts';
import type { InvestigateDeps } from './deps.ts';
import { searchDocuments } from './search.ts';

/** Tool `search_runbooks`: the sections that apply to this kind of alert. */
export function searchRunbooks(deps: InvestigateDeps): InvestigateActivities['search_runbooks'] {
  const kind = { tool: 'search_runbooks', docType: 'runbook', sectionsPerFile: 3, limit: 6 } as const;
  return (request) => searchDocuments(deps, kind, request);
}
