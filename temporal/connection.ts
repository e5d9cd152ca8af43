import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import type { Config } from '../src/config/config.ts';

type TemporalConfig = Pick<Config, 'temporal' | 'childEnv'>;

/**
 * Where Temporal is: what `TEMPORAL_ADDRESS`, `TEMPORAL_PROFILE` and their like say (read by Temporal's own envconfig:
 * namespace, TLS, API key), or else our own dev server. @throws Error when a named profile has no address.
 */
export function connectionOptions(config: TemporalConfig) {
  const { temporal } = config;
  if (temporal.own) {
    return { namespace: 'default', connectionOptions: { address: `127.0.0.1:${temporal.port}` } };
  }
  const { namespace = 'default', connectionOptions } = loadClientConnectConfig({
    overrideEnvVars: config.childEnv,
  });
  const { address } = connectionOptions;
  if (!address) throw new Error('Temporal: the configured profile names no address; set TEMPORAL_ADDRESS');
  return { namespace, connectionOptions: { ...connectionOptions, address } };
}

/**
 * A client of the configured cluster; the caller closes `connection`.
 * @param options.lazy connect at the first call, for processes that must start while Temporal is away.
 * @throws Error naming the address when nothing answers there within 10 s (not lazy)
 */
export async function connect(
  config: TemporalConfig,
  options: { lazy?: boolean } = {},
): Promise<{ connection: Connection; client: Client }> {
  const { namespace, connectionOptions: to } = connectionOptions(config);
  const connection = options.lazy
    ? Connection.lazy(to)
    : await named(to.address, () => Connection.connect(to));
  return { connection, client: new Client({ connection, namespace }) };
}

/** A connection for workers and the namespace they serve; the caller closes it. @throws as `connect` */
export async function connectNative(
  config: TemporalConfig,
): Promise<{ connection: NativeConnection; namespace: string }> {
  const { namespace, connectionOptions: to } = connectionOptions(config);
  return { connection: await named(to.address, () => NativeConnection.connect(to)), namespace };
}

async function named<T>(address: string, connecting: () => Promise<T>): Promise<T> {
  try {
    return await connecting();
  } catch (error) {
    throw new Error(
      `Temporal: expected a server at ${address}, got "${(error as Error).message}"; start one (npm start) or set TEMPORAL_ADDRESS`,
      { cause: error },
    );
  }
}
