import type { Scaling } from '../domain/platform.ts';
import type { ScaleRequest } from '../platform/http/requests.ts';
import { ProblemError } from './http/problem.ts';
import type { ModelTransaction } from './model-database.ts';
import { MAX_REPLICAS, replicasAt } from './servers.ts';
import { iso, type World } from './state.ts';

/**
 * Sets how many replicas serve the model, lost ones replaced; takes effect at once.
 * @throws ProblemError 409 another number is up, 422 more than the platform has room for
 */
export async function scale(
  tx: ModelTransaction,
  request: ScaleRequest,
  wallClock: number,
): Promise<Scaling> {
  if (request.replicas > MAX_REPLICAS) {
    throw new ProblemError(
      422,
      'Too many replicas',
      `expected 1 to ${MAX_REPLICAS} replicas, got ${request.replicas}`,
    );
  }
  const now = Math.floor(wallClock / 1000) * 1000;
  const before = tx.document<World>('world')!;
  const replicas = replicasAt(before, now);
  if (replicas !== request.expected_replicas) {
    throw new ProblemError(
      409,
      'Another number is up',
      `expected ${request.expected_replicas} replicas to be up, but ${replicas} are; look again before deciding`,
    );
  }
  await tx.put('world', {
    ...before,
    touched: Math.min(before.touched ?? now, now),
    replicas: [...before.replicas, { from: now, count: request.replicas }],
    changes: before.changes.map((change) =>
      change.kind === 'hosts' && change.replicas > 0 && change.to === null ? { ...change, to: now } : change,
    ),
  } satisfies World);
  return { from: replicas, to: request.replicas, at: iso(now) };
}
