import { z } from 'zod';
import { ComponentName } from '../../domain/alert.ts';
import { IncidentStatus, IncidentView } from '../../domain/incident.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

const Query = z.strictObject({
  status: IncidentStatus.optional(),
  component: ComponentName.optional(),
  /** Finds the incident that this approval belongs to, also when it was replaced. */
  approval: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const getIncidents = ({ store }: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/incidents',
    summary: 'Incidents as last recorded, newest first',
    scope: 'incidents:read',
    query: Query,
    answers: { 200: { description: 'The incidents', schema: z.array(IncidentView) } },
    async handle({ query: { approval, ...filter } }) {
      if (approval === undefined) return { status: 200, body: await store.incidents(filter) };
      const found = await store.findApproval(approval);
      const view = found && (await store.incident(found.incident_id));
      return { status: 200, body: view ? [view] : [] };
    },
  });
