import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Connection, ConnectionOptions } from 'snowflake-sdk';
import { quietSnowflakeDriver, type SnowflakeConfig } from '../../config/config.ts';
import { WarehouseError } from '../port.ts';
import { warehouseError } from './error.ts';
import type { ExecuteSettings } from './execute.ts';

export interface LoginSettings extends ExecuteSettings {
  /** Names the environment in the query tag of every statement. */
  environment: string;
  loginTimeoutMs: number;
}

type Driver = typeof import('snowflake-sdk');
let driver: Promise<Driver> | undefined;

/** Loaded at the first login: half a second and 60 MB that a DuckDB warehouse does not pay. */
function loadDriver(): Promise<Driver> {
  driver ??= (async () => {
    quietSnowflakeDriver();
    const { default: sdk } = (await import('snowflake-sdk')) as unknown as { default: Driver };
    sdk.configure({
      // It would log into the working directory and onto the console.
      logLevel: 'OFF',
      additionalLogToConsole: false,
      // Certificates are checked all the same; asking their issuers over plain HTTP whether they were revoked, and going on
      // when these do not answer, is what this leaves out.
      disableOCSPChecks: true,
      // The default evaluates a VARIANT that is no JSON as JavaScript.
      jsonColumnVariantParser: (text: string) => JSON.parse(text),
    });
    return sdk;
  })();
  return driver;
}

/** The key as PEM without passphrase, read anew for each login so that a rotated one is found. */
async function privateKey(path: string, passphrase: string | null): Promise<string> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    throw new WarehouseError(
      `SNOWFLAKE_PRIVATE_KEY_PATH: expected a readable file, got ${(error as NodeJS.ErrnoException).code}; check the path and who may read it`,
      { permanent: true },
    );
  }
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase === null ? {} : { passphrase }) });
    return key.export({ type: 'pkcs8', format: 'pem' }) as string;
  } catch {
    throw new WarehouseError(
      'SNOWFLAKE_PRIVATE_KEY_PATH: expected a private key in PKCS #8 PEM that SNOWFLAKE_PRIVATE_KEY_PASS opens, got something else; check both',
      { permanent: true },
    );
  }
}

async function optionsOf(config: SnowflakeConfig, settings: LoginSettings): Promise<ConnectionOptions> {
  const { account, user, database, schema, warehouse, role, url } = config;
  return {
    account,
    username: user,
    ...(config.privateKeyPath === null
      ? { password: config.password ?? '' }
      : {
          authenticator: 'SNOWFLAKE_JWT',
          privateKey: await privateKey(config.privateKeyPath, config.privateKeyPass),
        }),
    database,
    schema,
    ...(warehouse === null ? {} : { warehouse }),
    ...(role === null ? {} : { role }),
    ...(url === null ? {} : { accessUrl: url.replace(/\/$/, '') }),
    application: 'AgentOps',
    queryTag: JSON.stringify({ app: 'agentops', environment: settings.environment }),
    rowMode: 'array',
    // Temporal tries again; what the driver tries again by itself ends with the statement's time.
    sfRetryMaxLoginRetries: 0,
    timeout: settings.statementTimeoutMs + 5_000,
  };
}

/** A log-out is waited for so long. */
const LOGOUT_MS = 3_000;

/** Logs out and closes the sockets. Never rejects: a session that cannot be told to end, Snowflake ends by itself. */
export function logOut(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LOGOUT_MS).unref();
    connection.destroy(() => resolve());
  });
}

/**
 * Opens a session.
 * @throws WarehouseError, permanent when the login is refused; the signal's reason when that is aborted
 */
export async function logIn(
  config: SnowflakeConfig,
  settings: LoginSettings,
  signal: AbortSignal,
): Promise<Connection> {
  const sdk = await loadDriver();
  const options = await optionsOf(config, settings);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(settings.loginTimeoutMs)]);
  const connection = sdk.createConnection(options);
  const { connected, ended } = connect(connection, limit);
  try {
    await connected;
    return connection;
  } catch (error) {
    // A login that was refused leaves its socket open, one that hangs may still succeed; before, there is nothing to end.
    void ended.then(() => logOut(connection));
    signal.throwIfAborted();
    if (!limit.aborted) throw warehouseError(error, config);
    throw new WarehouseError(
      `Snowflake account ${config.account}: expected a login within ${settings.loginTimeoutMs / 1000} s, got no answer; check SNOWFLAKE_ACCOUNT and the network`,
      { permanent: false },
    );
  }
}

/** `connected` rejects as soon as the signal aborts, `ended` resolves when the driver is done with the login, however. */
function connect(connection: Connection, signal: AbortSignal) {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const connected = new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    connection.connect((error) => {
      if (error) reject(error);
      else resolve();
      end();
    });
    signal.throwIfAborted();
  });
  return { connected, ended };
}
