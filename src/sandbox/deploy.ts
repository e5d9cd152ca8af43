import type { z } from 'zod';
import type { Deployment } from '../domain/platform.ts';
import type { DeployRequest } from '../platform/http/requests.ts';
import { probability } from './classifier.ts';
import { ProblemError } from './http/problem.ts';
import type { ModelTransaction } from './model-database.ts';
import { type Deployments, iso, type StoredVersion } from './state.ts';
import { otherSlot, slotsOf, versionOf } from './versions.ts';

const PROBE_ROWS = 500;
/** A model that flags more than this of ordinary traffic is broken, whatever its training said. */
const MAX_FLAGGED = 0.5;

/** Scores recent real traffic with a version that is loaded but takes no traffic yet. @throws ProblemError 409 */
async function checkHealth(tx: ModelTransaction, version: StoredVersion): Promise<void> {
  const name = version.info.version;
  const rows = await tx.run(
    `SELECT features FROM PREDICTION_LOGS WHERE model_name = '${tx.spec.model}' ORDER BY timestamp DESC LIMIT ${PROBE_ROWS}`,
  );
  let flagged = 0;
  for (const row of rows) {
    const features = JSON.parse(row.features as string) as Record<string, number>;
    const p = probability(
      version.classifier,
      Float64Array.from(tx.spec.features, (feature) => features[feature] ?? 0),
    );
    if (!Number.isFinite(p)) {
      throw new ProblemError(
        409,
        'Health check failed',
        `${name} answers ${p} on recent traffic; it was not given any`,
      );
    }
    if (p >= version.classifier.threshold) flagged++;
  }
  if (flagged > MAX_FLAGGED * rows.length) {
    throw new ProblemError(
      409,
      'Health check failed',
      `${name} flags ${flagged} of ${rows.length} recent rows; it was not given any traffic`,
    );
  }
}

/**
 * Blue-green: loads the version into the idle slot, checks its health there, and swaps the traffic over. The version that
 * served so far stays loaded. @throws ProblemError 404 unknown version, 409 another version is active by now
 */
export async function deploy(
  tx: ModelTransaction,
  kind: Deployment['kind'],
  request: z.output<typeof DeployRequest>,
  now: number,
): Promise<Deployment> {
  const version = versionOf(tx, request.version);
  if (!version) throw new ProblemError(404, 'No such version', `there is no version "${request.version}"`);
  const slots = slotsOf(tx);
  const active = slots[slots.active];
  if (active !== request.expected_active) {
    throw new ProblemError(
      409,
      'Another version is active',
      `expected ${request.expected_active} to be active, but ${active} is; look again before deciding`,
    );
  }
  if (active === request.version) {
    throw new ProblemError(409, 'Already active', `${request.version} takes the traffic already`);
  }
  const deployments = tx.document<Deployments>('deployments')!;
  if (kind === 'rollback' && !deployments.some(({ to }) => to === request.version)) {
    throw new ProblemError(
      409,
      'Never live',
      `${request.version} was never live, so there is no going back to it; deploy it instead`,
    );
  }
  await checkHealth(tx, version);
  const idle = otherSlot(slots.active);
  await tx.put('slots', { ...slots, [idle]: request.version, active: idle });
  const deployment: Deployment = {
    at: iso(now),
    kind,
    from: active,
    to: request.version,
    by: request.by,
    incident: request.incident,
    reason: request.reason,
  };
  await tx.put('deployments', [...deployments, deployment]);
  return deployment;
}
