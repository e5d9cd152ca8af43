import { cancellationSignal } from '@temporalio/activity';
import type { RemediateActivities } from '../../workflows/contracts.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { ACTOR, type RemediateDeps } from './deps.ts';

/** Starts one training job; the platform answers the same key with the same job, so a retry starts no second one. */
export function triggerRetraining({
  platform,
  policy,
}: RemediateDeps): RemediateActivities['trigger_retraining'] {
  return ({ component, incidentId, key, since, reason }) =>
    permanentErrorsFail(async () => {
      const model = policy().components[component]?.model ?? component;
      const request = { model, since, by: ACTOR, incident: incidentId, reason: reason.slice(0, 1000) };
      const job = await platform.triggerTraining(request, key, cancellationSignal());
      return { jobId: job.id, status: job.status };
    });
}
