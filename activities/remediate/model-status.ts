import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { RemediateActivities } from '../../workflows/contracts.ts';
import { permanentErrorsFail } from '../permanent.ts';
import type { RemediateDeps } from './deps.ts';

/** What is live and where a rollback would go: the version that was live before and is still known. Reads only. */
export function modelStatus({ platform }: RemediateDeps): RemediateActivities['model_status'] {
  return () =>
    permanentErrorsFail(async () => {
      const signal = cancellationSignal();
      const [info, deployments] = await Promise.all([
        platform.modelInfo(signal),
        platform.deployments(signal),
      ]);
      const active = info.versions.find((version) => version.version === info.active_version);
      if (!active) {
        throw ApplicationFailure.nonRetryable(
          `the platform says ${info.active_version} is live but lists only ${info.versions.map((v) => v.version).join(', ')}`,
          'UnknownVersion',
        );
      }
      const known = new Set(info.versions.map((version) => version.version));
      const arrival = deployments.findLast((deployment) => deployment.to === info.active_version);
      const before = arrival?.from ?? null;
      return {
        model: info.model,
        activeVersion: info.active_version,
        previousVersion:
          before !== null && before !== info.active_version && known.has(before) ? before : null,
        baselineF1: active.baseline.f1,
      };
    });
}
