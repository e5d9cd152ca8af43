import { cancellationSignal } from '@temporalio/activity';
import type { Deployment, DeployRequest } from '../../src/domain/platform.ts';
import type { Platform } from '../../src/platform/port.ts';
import type { ActRequest, Deployed } from '../../workflows/contracts.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { ACTOR, type RemediateDeps } from './deps.ts';

type Swap = (
  request: ActRequest & { version: string; expectedActive: string; reason: string },
) => Promise<Deployed>;

/** Blue-green swap to a new version. Happens once per key; done only when the platform says that the version is live. */
export function deployModel(deps: RemediateDeps): Swap {
  return swap(deps, (request, key, signal) => deps.platform.deploy(request, key, signal));
}

/** The same way back, to a version that was live before. */
export function rollbackModel(deps: RemediateDeps): Swap {
  return swap(deps, (request, key, signal) => deps.platform.rollback(request, key, signal));
}

function swap(
  { platform, policy }: RemediateDeps,
  call: (request: DeployRequest, key: string, signal: AbortSignal) => ReturnType<Platform['deploy']>,
): Swap {
  return ({ component, incidentId, key, version, expectedActive, reason }) =>
    permanentErrorsFail(async () => {
      const signal = cancellationSignal();
      const done: Deployment = await call(
        {
          model: policy().components[component]?.model ?? component,
          version,
          expected_active: expectedActive,
          by: ACTOR,
          incident: incidentId,
          reason: reason.slice(0, 1000),
        },
        key,
        signal,
      );
      const info = await platform.modelInfo(signal);
      if (info.active_version !== version) {
        throw new Error(
          `the platform took the order for ${version}, but ${info.active_version} is live; read back again`,
        );
      }
      return { from: done.from, to: done.to, at: done.at };
    });
}
