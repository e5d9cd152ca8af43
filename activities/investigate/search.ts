import type { EvidenceRef } from '../../src/domain/evidence.ts';
import { evidenceId } from '../../src/domain/evidence-id.ts';
import type { SearchAnswer, SearchHit } from '../../src/knowledge/port.ts';
import type { SearchFacts } from '../../src/reasoning/facts.ts';
import type { InvestigateRequest } from '../../workflows/contracts/investigate.ts';
import { type InvestigateDeps, keep, latestDrift, short } from './deps.ts';
import { tellingFeatures } from './trend.ts';

/** Longer sections are cut in evidence; the citation leads to the whole. */
const MAX_TEXT = 2_000;

export interface SearchTool {
  tool: 'search_runbooks' | 'search_incidents';
  docType: 'runbook' | 'incident';
  /** Sections of one document may all count (a runbook), or only its best one (an incident). */
  sectionsPerFile: number;
  limit: number;
  /** Drifted features, as measured for the incident, join the query: past incidents name them. */
  namesFeatures?: boolean;
}

/** The hits in order, at most so many of each file. */
function spread(hits: SearchHit[], { sectionsPerFile, limit }: SearchTool): SearchHit[] {
  const taken = new Map<string, number>();
  return hits
    .filter(({ file }) => {
      const times = (taken.get(file) ?? 0) + 1;
      taken.set(file, times);
      return times <= sectionsPerFile;
    })
    .slice(0, limit);
}

/** The query with the names of the features that were measured to have drifted, those it lacks. */
async function withFeatures({ store }: InvestigateDeps, incidentId: string, query: string): Promise<string> {
  const drift = latestDrift(await store.evidenceOf(incidentId));
  const drifted = drift?.features.some((f) => f.drifted) ? tellingFeatures(drift) : [];
  return [...drifted.filter((name) => !query.split(/\s+/).includes(name)), query.trim()].join(' ');
}

/** "No runbook for this" is an answer, with what it was judged by. */
function nothing(docType: string, query: string, abstained: SearchAnswer['abstained']): string {
  const why = abstained
    ? `the nearest one answers with a likelihood of ${abstained.score.toFixed(2)}, below the limit of ${abstained.limit.toFixed(2)}`
    : 'none holds any of its words';
  return `No ${docType} for this: ${why}; asked "${query}"`;
}

/** One search of the knowledge base, stored as evidence with the sections it found. Safe to retry. */
export async function searchDocuments(
  deps: InvestigateDeps,
  kind: SearchTool,
  request: InvestigateRequest & { query: string },
): Promise<EvidenceRef> {
  const { knowledge, store, now } = deps;
  const { incidentId, round, strategy } = request;
  const query = kind.namesFeatures ? await withFeatures(deps, incidentId, request.query) : request.query;
  const answer = await knowledge.search({ query, docType: kind.docType, alertType: strategy, limit: 40 });
  const hits = spread(answer.hits, kind);
  const facts: SearchFacts = {
    kind: 'search',
    query,
    method: answer.method,
    hits: hits.length,
    ...(answer.abstained && { abstained: answer.abstained }),
    found: [...new Map(hits.map((hit) => [hit.file, hit])).values()].map(({ file, title, incident_id }) => ({
      file,
      title,
      incident_id: incident_id ?? null,
    })),
  };
  const [best] = hits;
  const cut = hits.filter(({ text }) => text.length > MAX_TEXT).length;
  return keep(store, {
    id: evidenceId(kind.tool, incidentId, round, { query: request.query, strategy }),
    incident_id: incidentId,
    tool: kind.tool,
    system: `knowledge base, ${answer.method}`,
    asked: query,
    at: now().toISOString(),
    summary: short(
      best
        ? `${hits.length} ${kind.docType} sections; best: ${best.file}#${best.anchor} "${best.heading}" (${best.title})`
        : nothing(kind.docType, query, answer.abstained),
    ),
    facts,
    documents: hits.map(({ file, heading, anchor, text, score }) => ({
      file,
      heading,
      anchor,
      text: text.slice(0, MAX_TEXT),
      score,
    })),
    ...(cut > 0 ? { cut: `cut: ${cut} sections to ${MAX_TEXT} characters` } : {}),
  });
}
