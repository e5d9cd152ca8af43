import { createModelLookup } from '../../activities/models.ts';
import type { PolicyVersions } from '../../src/config/policy-versions.ts';
import type { SystemReference } from '../../src/domain/component-status.ts';
import type { DriftReport, Infrastructure, ModelRecord, PlatformHealth } from '../../src/domain/platform.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import type { Platforms } from '../../src/platform/open.ts';
import { type Capabilities, PlatformError } from '../../src/platform/port.ts';
import type { Store } from '../../src/store/port.ts';

/** What a platform under test shows; change it between calls. Set `failure` to have every call reject with it. */
export interface PlatformState {
  info: ModelRecord;
  drift: DriftReport;
  health: PlatformHealth['status'];
  infrastructure: Infrastructure;
  failure: PlatformError | null;
}

/** The reading half of the ports over a plain object; every call that changes something is refused. */
export function memoryPlatform(state: PlatformState): Capabilities {
  const read =
    <T>(value: () => T) =>
    async (): Promise<T> => {
      if (state.failure) throw state.failure;
      return value();
    };
  const refuse = async (): Promise<never> => {
    throw new PlatformError('this platform only reads', 501);
  };
  return {
    registry: {
      models: read(() => new Map([[state.info.model, state.info]])),
      makeLive: refuse,
    },
    trainer: { start: refuse, job: refuse, stop: refuse },
    pipelines: { list: read(() => []), runs: read(() => []), rerun: refuse, run: refuse },
    serving: {
      health: read(() => ({
        status: state.health,
        model: state.info.model,
        active_version: state.info.active_version,
        uptime_seconds: 60,
      })),
      infrastructure: read(() => state.infrastructure),
      drift: read(() => state.drift),
      scale: refuse,
    },
  };
}

export const SYSTEM: SystemReference = { name: 'platform', address: 'http://127.0.0.1:7080' };

/** One platform under every name that a policy may use. */
export function platformsOver(capabilities: Partial<Capabilities>): Platforms {
  return {
    port: (capability) => {
      const port = capabilities[capability];
      if (!port) throw new PlatformError(`this platform has no ${capability}`, 422);
      return port;
    },
    reference: (name) => ({ ...SYSTEM, name }),
    close: async () => {},
  };
}

/** A policy that has one version. */
export function policiesOf(policy: Policy | (() => Policy)): PolicyVersions {
  const current = typeof policy === 'function' ? policy : () => policy;
  return {
    current,
    at: async () => current(),
    keep: async () => ({ policy: current(), version: 'p1' }),
  };
}

/** The clients of the measuring tools that reach a platform: ports and model look-up. */
export function platformDeps(
  capabilities: Partial<Capabilities>,
  store: Pick<Store, 'document' | 'putDocument'>,
) {
  const platforms = platformsOver(capabilities);
  return { platforms, models: createModelLookup({ platforms, store }) };
}
