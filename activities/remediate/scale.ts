import { cancellationSignal } from '@temporalio/activity';
import type { RemediateActivities } from '../../workflows/contracts/remediate.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { actorOf, portOf, type RemediateDeps } from './deps.ts';

/** Sets the number of servers, once per key; done only when the platform shows the new number. */
export function scaleInfrastructure(deps: RemediateDeps): RemediateActivities['scale_infrastructure'] {
  return (request) =>
    permanentErrorsFail(async () => {
      const signal = cancellationSignal();
      const { system, model, replicas, expectedReplicas } = request.params;
      const serving = portOf(deps, 'serving', system);
      const order = { ...actorOf(request), model, replicas, expectedReplicas };
      const done = await serving.scale(order, request.key, signal);
      const { replicas: now } = await serving.infrastructure(model, signal);
      if (now !== replicas)
        throw new Error(`${replicas} replicas were accepted but ${now} are up; checking again`);
      return { from: done.from, to: done.to, at: done.at };
    });
}
