import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Alert, AlertInput, fingerprintOf } from '../../domain/alert.ts';
import type { TokenInfo } from '../../store/port.ts';
import { unavailable } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

const Accepted = z
  .object({ alert_id: z.string(), workflow_id: z.string(), status_url: z.string() })
  .meta({ id: 'AcceptedAlert' });

/** One alert or up to 200. */
export const Alerts = z.union([AlertInput, z.array(AlertInput).min(1).max(200)]);

/** The same symptom that began at the same time is the same alert, however often it is sent. */
function defaultKey(input: AlertInput): string {
  const parts = `${fingerprintOf(input)}|${input.starts_at ?? input.timestamp}`;
  return createHash('sha256').update(parts).digest('hex').slice(0, 32);
}

/**
 * Allots ids and hands the alerts to Temporal. Safe to repeat: the same alert keeps its id.
 * @throws ProblemError 503 when Temporal did not acknowledge them
 */
export async function acceptAlerts(deps: ApiDeps, inputs: AlertInput[], token: TokenInfo): Promise<Alert[]> {
  const { store, intake, now } = deps;
  const alerts: Alert[] = [];
  for (const input of inputs) {
    const { source = token.name, source_key = defaultKey(input) } = input;
    alerts.push(await store.acceptAlert({ ...input, source, source_key }, now()));
  }
  try {
    await intake.deliver(alerts);
  } catch (error) {
    throw unavailable(
      'Temporal did not take the alerts in; send the same request again, alerts keep their ids',
      error,
    );
  }
  return alerts;
}

export const postAlerts = (deps: ApiDeps) =>
  defineRoute({
    method: 'post',
    path: '/api/alerts',
    summary: 'Take in one alert or up to 200; each reaches the one open incident of its component',
    scope: 'alerts:write',
    body: Alerts,
    answers: {
      202: {
        description: 'Temporal has them; one object for one alert, an array for an array',
        schema: z.union([Accepted, z.array(Accepted)]),
      },
    },
    refusals: [503],
    async handle({ body, token }) {
      const alerts = await acceptAlerts(deps, [body].flat(), token);
      const accepted = alerts.map(({ alert_id, affected_component }) => {
        // The incident's own id is allotted by its workflow, so this points to the component's newest.
        const { component, workflowId } = deps.intake.incidentOf(affected_component);
        const status_url = `/api/incidents?component=${component}&limit=1`;
        return { alert_id, workflow_id: workflowId, status_url };
      });
      const location = accepted[0]!.status_url;
      return { status: 202, body: Array.isArray(body) ? accepted : accepted[0], headers: { location } };
    },
  });
