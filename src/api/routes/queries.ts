import { QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import { incidentQuery } from '../../../workflows/incident/messages.ts';
import { IncidentView } from '../../domain/incident.ts';
import { knownIncident } from '../incident-calls.ts';
import { ProblemError, unavailable } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { IncidentParams } from './incident.ts';

const ANSWER_WITHIN_MS = 5_000;

export const getIncidentQuery = (deps: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/incidents/:id/queries/incident',
    summary: 'The live view, from the workflow itself; needs a worker',
    scope: 'incidents:read',
    params: IncidentParams,
    answers: { 200: { description: 'The live view', schema: IncidentView } },
    refusals: [404, 409, 503],
    async handle({ params: { id } }) {
      const { workflow_id } = await knownIncident(deps, id);
      const recorded = `GET /api/incidents/${id} has what was last recorded`;
      const view = await ask(deps, workflow_id).catch((error) => {
        if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) {
          throw new ProblemError('conflict', `the workflow of ${id} is gone; ${recorded}`);
        }
        throw unavailable(`no worker answered within 5 s; ${recorded}`, error);
      });
      if (view.incident_id === id) return { status: 200, body: view };
      throw new ProblemError('conflict', `the workflow now handles ${view.incident_id}; ${recorded}`);
    },
  });

async function ask({ client }: ApiDeps, workflowId: string): Promise<IncidentView> {
  const handle = client.workflow.getHandle(workflowId);
  return await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () => handle.query(incidentQuery));
}
