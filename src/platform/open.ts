import type { Config } from '../config/config.ts';
import type { Capability, SystemReference } from '../domain/component-status.ts';
import { SYSTEM_KINDS, type System, type SystemKind } from '../domain/systems.ts';
import { createSnowflakeSession } from '../warehouse/snowflake/session.ts';
import { createHttpPlatform } from './http/adapter.ts';
import { type Capabilities, PlatformError } from './port.ts';
import { createSnowflakePlatform } from './snowflake/adapter.ts';
import { createPipelineTasks } from './snowflake/tasks.ts';

/** The systems of the policy in force, each opened when it is first asked. */
export interface Platforms {
  /** @throws PlatformError, permanent: the policy in force has no such system, or it lacks the capability */
  port<C extends Capability>(capability: C, system: string): Capabilities[C];
  /** The system as a card shows it. @throws PlatformError, permanent: the policy in force has no such system */
  reference(system: string): SystemReference;
  close(): Promise<void>;
}

type PlatformConfig = Pick<Config, 'platform' | 'snowflake' | 'environment'>;

/** An adapter of one kind of system: what its folder adds to the table. */
export interface Adapter {
  /** The capabilities that `open` gives, as SYSTEM_KINDS has them. */
  offers: readonly Capability[];
  /** Where it is, for people and for the check before a call. */
  address(system: System, config: PlatformConfig): string;
  open(system: System, config: PlatformConfig): Partial<Capabilities> & { close?: () => Promise<void> };
}

/** One adapter for each row of SYSTEM_KINDS. */
export const ADAPTERS: Record<SystemKind, Adapter> = {
  http: {
    offers: SYSTEM_KINDS.http,
    address: ({ url }, { platform }) => url ?? platform.url,
    open: ({ url }, { platform }) => createHttpPlatform({ url: url ?? platform.url }),
  },
  snowflake: {
    offers: SYSTEM_KINDS.snowflake,
    address: (_system, { snowflake }) => snowflake?.account ?? 'no account is configured',
    open: (_system, { snowflake, environment }) => {
      if (!snowflake)
        throw new PlatformError(
          'expected a Snowflake account for tasks, got none; set SNOWFLAKE_ACCOUNT and its login',
          422,
        );
      const tasks = createPipelineTasks(createSnowflakeSession(snowflake, { environment }));
      return { ...createSnowflakePlatform(tasks), close: () => tasks.close() };
    },
  },
};

/**
 * Opens systems on demand and keeps them; one whose definition changed in the policy is opened anew.
 * @param systems of the policy in force, read at every call
 * @param adapters one for each kind that policy may name
 */
export function openPlatforms(
  config: PlatformConfig,
  systems: () => Record<string, System>,
  adapters: Record<string, Adapter> = ADAPTERS,
): Platforms {
  const opened = new Map<string, ReturnType<Adapter['open']>>();

  function adapterOf({ kind }: System): Adapter {
    const adapter = adapters[kind];
    if (!adapter)
      throw new PlatformError(
        `expected a kind of system (${Object.keys(adapters).join(', ')}), got "${kind}"`,
        422,
      );
    return adapter;
  }

  function definition(name: string): System {
    const system = systems()[name];
    if (!system)
      throw new PlatformError(
        `expected a system of the policy (${Object.keys(systems()).join(', ')}), got "${name}"`,
        404,
      );
    return system;
  }

  return {
    port<C extends Capability>(capability: C, name: string): Capabilities[C] {
      const system = definition(name);
      const key = JSON.stringify([name, system]);
      let adapter = opened.get(key);
      if (!adapter) {
        adapter = adapterOf(system).open(system, config);
        opened.set(key, adapter);
      }
      const port = adapter[capability] as Capabilities[C] | undefined;
      if (!port)
        throw new PlatformError(
          `system "${name}" of kind ${system.kind} has no ${capability}, it offers ${adapterOf(system).offers.join(', ')}`,
          422,
        );
      return port;
    },
    reference: (name) => ({
      name,
      address: adapterOf(definition(name)).address(definition(name), config),
    }),
    async close() {
      await Promise.all([...opened.values()].map((adapter) => adapter.close?.()));
    },
  };
}
