import { cancellationSignal } from '@temporalio/activity';
import type { RemediateActivities } from '../../workflows/contracts.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { ACTOR, type RemediateDeps } from './deps.ts';

/** How many servers there are and how full they are. Reads only. */
export function capacityStatus({ platform }: RemediateDeps): RemediateActivities['capacity_status'] {
  return () =>
    permanentErrorsFail(async () => {
      const { replicas, cpu, queue } = await platform.infrastructure(cancellationSignal());
      return { replicas, cpu, queue };
    });
}

/** Tool `scale_infrastructure`: once per key; done only when the platform shows the new number. */
export function scaleInfrastructure({
  platform,
}: RemediateDeps): RemediateActivities['scale_infrastructure'] {
  return ({ incidentId, key, replicas, expectedReplicas, reason }) =>
    permanentErrorsFail(async () => {
      const signal = cancellationSignal();
      const done = await platform.scale(
        {
          replicas,
          expected_replicas: expectedReplicas,
          by: ACTOR,
          incident: incidentId,
          reason: reason.slice(0, 1000),
        },
        key,
        signal,
      );
      const { replicas: now } = await platform.infrastructure(signal);
      if (now !== replicas) {
        throw new Error(
          `the platform took the order for ${replicas} replicas but shows ${now}; read back again`,
        );
      }
      return done;
    });
}
