import { z } from 'zod';
import { investigationWorkflowId } from '../../../workflows/names.ts';
import { Diagnosis } from '../../domain/diagnosis.ts';
import { EvidenceRef } from '../../domain/evidence.ts';
import { IncidentStatus, Phase } from '../../domain/incident.ts';
import { Answer, answerOf, InvestigationView } from '../../domain/investigation.ts';
import { citableEvidence } from '../../store/citable.ts';
import { knownInvestigation } from '../investigation-calls.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

export const InvestigationParams = z.strictObject({ id: z.string().max(40) });

export const Links = z.object({
  self: z.string(),
  stream: z.string(),
  evidence: z.string(),
  temporal: z.string(),
});

const Detail = z
  .object({
    investigation: InvestigationView,
    answer: Answer.nullable(),
    /** The incident that was open on the component when the question was asked, as it is now. */
    incident: z
      .object({
        incident_id: z.string(),
        status: IncidentStatus,
        phase: Phase,
        diagnosis: Diagnosis.nullable(),
        link: z.string(),
      })
      .nullable(),
    evidence: z.array(EvidenceRef),
    links: Links,
  })
  .meta({ id: 'InvestigationDetail' });
export type InvestigationDetail = z.infer<typeof Detail>;

/** Where everything about an investigation is. */
export function investigationLinks({ config, client }: ApiDeps, id: string): z.infer<typeof Links> {
  const { api, temporal, environment } = config;
  const self = `${api.publicUrl}/api/investigations/${id}`;
  const workflow = encodeURIComponent(investigationWorkflowId(environment, id));
  return {
    self,
    stream: `${self}/stream`,
    evidence: `${self}/evidence`,
    temporal: `${temporal.uiUrl}/namespaces/${client.options.namespace}/workflows/${workflow}`,
  };
}

export const getInvestigation = (deps: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/investigations/:id',
    summary: 'One question as last recorded, with its answer so far, its evidence and the open incident',
    scope: 'incidents:read',
    params: InvestigationParams,
    answers: { 200: { description: 'The investigation', schema: Detail } },
    refusals: [404],
    async handle({ params: { id } }) {
      const { store } = deps;
      const investigation = await knownInvestigation(deps, id);
      const events = await store.investigationEvents(id);
      const incident = investigation.incident_id && (await store.incident(investigation.incident_id));
      const evidence = await citableEvidence(store, investigation);
      const body: InvestigationDetail = {
        investigation,
        answer: answerOf(events.map(({ event }) => event)),
        incident: incident
          ? {
              incident_id: incident.incident_id,
              status: incident.status,
              phase: incident.phase,
              diagnosis: incident.diagnosis,
              link: `${deps.config.api.publicUrl}/api/incidents/${incident.incident_id}`,
            }
          : null,
        evidence: evidence.map(({ id: evidenceId, tool, summary }) => ({ id: evidenceId, tool, summary })),
        links: investigationLinks(deps, id),
      };
      return { status: 200, body };
    },
  });
