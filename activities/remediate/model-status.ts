import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import { previousVersion } from '../../src/domain/deployment-history.ts';
import type { RemediateActivities } from '../../workflows/contracts.ts';
import { permanentErrorsFail } from '../permanent.ts';
import type { RemediateDeps } from './deps.ts';

/** What is live and where a rollback would go: the version that the live one was deployed over, if still known. Reads only. */
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
      const before = previousVersion(deployments, info.active_version);
      return {
        model: info.model,
        activeVersion: info.active_version,
        previousVersion: before !== null && known.has(before) ? before : null,
        baselineF1: active.baseline.f1,
      };
    });
}
