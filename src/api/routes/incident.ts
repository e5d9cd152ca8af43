import { z } from 'zod';
import { IncidentView, TraceEvent } from '../../domain/incident.ts';
import { traceMermaid, traceTable } from '../../domain/trace.ts';
import { knownIncident } from '../incident-calls.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

export const IncidentParams = z.strictObject({ id: z.string().max(40) });

const Detail = z
  .object({
    incident: IncidentView,
    events: z.array(TraceEvent.extend({ id: z.number(), incident_id: z.string(), version: z.number() })),
    trace: z.object({
      mermaid: z.string(),
      table: z.array(
        z.object({
          step: z.number(),
          at: z.string(),
          after: z.string(),
          actor: z.string(),
          what: z.string(),
          result: z.string(),
          by: z.string().nullable(),
          took: z.string().nullable(),
        }),
      ),
    }),
    links: z.object({ self: z.string(), evidence: z.string(), temporal: z.string() }),
  })
  .meta({ id: 'IncidentDetail' });
export type IncidentDetail = z.infer<typeof Detail>;

export const getIncident = (deps: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/incidents/:id',
    summary: 'One incident as last recorded, with its events, trace and links',
    scope: 'incidents:read',
    params: IncidentParams,
    answers: { 200: { description: 'The incident', schema: Detail } },
    refusals: [404],
    async handle({ params: { id } }) {
      const incident = await knownIncident(deps, id);
      const events = await deps.store.events(id);
      const { api, temporal } = deps.config;
      const self = `${api.publicUrl}/api/incidents/${id}`;
      const { namespace } = deps.client.options;
      const body: IncidentDetail = {
        incident,
        events,
        trace: { mermaid: traceMermaid(events), table: traceTable(events) },
        links: {
          self,
          evidence: `${self}/evidence`,
          temporal: `${temporal.uiUrl}/namespaces/${namespace}/workflows/${incident.workflow_id}/${incident.run_id}`,
        },
      };
      return { status: 200, body };
    },
  });
