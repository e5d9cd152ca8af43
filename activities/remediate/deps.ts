import { ApplicationFailure } from '@temporalio/activity';
import type { PolicyVersions } from '../../src/config/policy-versions.ts';
import type { Connectors } from '../../src/connectors/port.ts';
import type { Capability, SystemReference } from '../../src/domain/component-status.ts';
import type { Platforms } from '../../src/platform/open.ts';
import type { Actor, Capabilities } from '../../src/platform/port.ts';
import type { ActRequest } from '../../workflows/contracts/remediate.ts';

/** The clients that the Remediator's tools close over. */
export interface RemediateDeps {
  platforms: Pick<Platforms, 'port' | 'reference'>;
  connectors: Connectors;
  /** The policy of that version; an incident keeps the one it began with. */
  policies: Pick<PolicyVersions, 'at'>;
  publicUrl: string;
}

/**
 * The port of the very system that a card showed.
 * @throws ApplicationFailure `SystemChanged`, not retried: the name points to another address by now, so nothing runs
 */
export function portOf<C extends Capability>(
  { platforms }: Pick<RemediateDeps, 'platforms'>,
  capability: C,
  system: SystemReference,
): Capabilities[C] {
  const present = platforms.reference(system.name);
  if (present.address !== system.address) {
    throw ApplicationFailure.nonRetryable(
      `the card was for ${system.name} at ${system.address}, but ${system.name} is ${present.address} now: nothing was sent`,
      'SystemChanged',
    );
  }
  return platforms.port(capability, system.name);
}

/** Who acts, as the platform records it. */
export function actorOf({ incidentId, params }: ActRequest<{ reason: string }>): Actor {
  return { incident: incidentId, reason: params.reason };
}
