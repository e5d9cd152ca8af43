import { z } from 'zod';
import { Evidence } from '../../domain/evidence.ts';
import { knownIncident } from '../incident-calls.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { IncidentParams } from './incident.ts';

export const getEvidence = (deps: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/incidents/:id/evidence',
    summary: 'What the tools asked and found; the ids are those that the diagnosis cites',
    scope: 'incidents:read',
    params: IncidentParams,
    answers: { 200: { description: 'The evidence, oldest first', schema: z.array(Evidence) } },
    refusals: [404],
    async handle({ params: { id } }) {
      await knownIncident(deps, id);
      return { status: 200, body: await deps.store.evidenceOf(id) };
    },
  });
