import { cancellationSignal } from '@temporalio/activity';
import type { Deployed, SwapParams } from '../../src/domain/actions/swap.ts';
import type { ActRequest } from '../../workflows/contracts/remediate.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { actorOf, portOf, type RemediateDeps } from './deps.ts';

type Swap = (request: ActRequest<SwapParams>) => Promise<Deployed>;

/** Blue-green swap to a new version, once per key; done only when the registry shows that version as live. */
export function deployModel(deps: RemediateDeps): Swap {
  return swap(deps, 'deploy');
}

/** The same way back, to a version that was live before. */
export function rollbackModel(deps: RemediateDeps): Swap {
  return swap(deps, 'rollback');
}

function swap(deps: RemediateDeps, kind: 'deploy' | 'rollback'): Swap {
  return (request) =>
    permanentErrorsFail(async () => {
      const signal = cancellationSignal();
      const { system, model, version, expectedActive } = request.params;
      const registry = portOf(deps, 'registry', system);
      const order = { ...actorOf(request), model, version, expectedLive: expectedActive, kind };
      const done = await registry.makeLive(order, request.key, signal);
      const live = (await registry.models([model], signal)).get(model)?.active_version;
      if (live !== version)
        throw new Error(
          `${version} of ${model} was accepted but ${live ?? 'no version'} is still live; checking again`,
        );
      return { from: done.from, to: done.to, at: done.at };
    });
}
