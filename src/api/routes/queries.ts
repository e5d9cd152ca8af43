import { QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { incidentQuery } from '../../../workflows/incident/messages.ts';
import { IncidentView } from '../../domain/incident.ts';
import { knownIncident } from '../incident-calls.ts';
import { ProblemError, unavailable } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { IncidentParams } from './incident.ts';

const QUERIES = { incident: incidentQuery };
const ANSWER_WITHIN_MS = 5_000;

export const getQuery = (deps: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/incidents/:id/queries/:name',
    summary: 'Ask the workflow itself (incident: the live view); needs a worker',
    scope: 'incidents:read',
    params: IncidentParams.extend({ name: z.string().max(40) }),
    answers: { 200: { description: 'The live view', schema: IncidentView } },
    refusals: [404, 409, 503],
    async handle({ params: { id, name } }) {
      const query = Object.hasOwn(QUERIES, name) && QUERIES[name as keyof typeof QUERIES];
      if (!query) {
        const known = Object.keys(QUERIES).join(', ');
        throw new ProblemError('not-found', `no query "${name}"; there is ${known}`);
      }
      const { workflow_id } = await knownIncident(deps, id);
      const { client } = deps;
      let view: IncidentView;
      try {
        view = await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
          client.workflow.getHandle(workflow_id).query(query),
        );
      } catch (error) {
        if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) {
          throw new ProblemError(
            'conflict',
            `the workflow of ${id} is gone; GET /api/incidents/${id} has its record`,
          );
        }
        throw unavailable(
          `no worker answered within 5 s; GET /api/incidents/${id} has what was last recorded`,
          error,
        );
      }
      if (view.incident_id === id) return { status: 200, body: view };
      throw new ProblemError(
        'conflict',
        `the workflow now handles ${view.incident_id}; GET /api/incidents/${id} has the record of ${id}`,
      );
    },
  });
