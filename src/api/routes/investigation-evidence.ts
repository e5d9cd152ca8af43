import { z } from 'zod';
import { Evidence } from '../../domain/evidence.ts';
import { citableEvidence } from '../../store/citable.ts';
import { knownInvestigation } from '../investigation-calls.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { InvestigationParams } from './investigation.ts';

export const getInvestigationEvidence = (deps: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/investigations/:id/evidence',
    summary: 'What the tools asked and found for a question; the ids are those that its answer cites',
    scope: 'incidents:read',
    params: InvestigationParams,
    answers: {
      200: {
        description: 'The evidence, oldest first, then what the open incident’s diagnosis rests on',
        schema: z.array(Evidence),
      },
    },
    refusals: [404],
    async handle({ params: { id } }) {
      const view = await knownInvestigation(deps, id);
      return { status: 200, body: await citableEvidence(deps.store, view) };
    },
  });
