import type { InvestigateActivities } from '../../workflows/contracts/investigate.ts';
import type { InvestigateDeps } from './deps.ts';
import { searchDocuments } from './search.ts';

/** Tool `search_incidents`: earlier incidents that look alike, one section of each. */
export function searchIncidents(deps: InvestigateDeps): InvestigateActivities['search_incidents'] {
  const kind = {
    tool: 'search_incidents',
    docType: 'incident',
    sectionsPerFile: 1,
    limit: 5,
    namesFeatures: true,
  } as const;
  return (request) => searchDocuments(deps, kind, request);
}
