import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Client } from '@temporalio/client';
import pino, { type Logger } from 'pino';
import { attributesUsable } from '../../temporal/attributes.ts';
import { connect } from '../../temporal/connection.ts';
import { readConfig } from '../config/config.ts';
import { version } from '../config/version.ts';
import { createContext } from '../context.ts';
import { ensureAdminToken } from './admin-token.ts';
import { createApi } from './app.ts';
import { createPollWatch } from './poll-watch.ts';

const LOOK_EVERY_MS = 5_000;
/**
 * How long an idle connection is kept. Node's 5 s make a client that uses one again at that very moment lose its request, an
 * alert or a decision among them; this is longer than the idle time of the usual proxies (60 s), which then close first.
 */
const KEEP_ALIVE_MS = 75_000;
/** Requests still under way this long after the order to stop are cut off. */
const GRACE_MS = 5_000;

async function main(): Promise<void> {
  const config = readConfig();
  const log = pino({ level: config.logLevel, base: { process: 'api' } });
  const context = createContext(config, log);
  const { policy, store, knowledge, connectors, now } = context;
  const tokenFile = await ensureAdminToken(store, config.dataDir, new Date());
  if (tokenFile) {
    log.info(
      `made an admin token: the agentops command reads it from ${tokenFile}, others send "Authorization: Bearer $(cat ${tokenFile})"`,
    );
  }

  // Lazy: this process starts and answers /healthz while Temporal is away.
  const { client } = await connect(config, { lazy: true });
  const intake = context.intake(client, followAttributes(client, log));
  const { environment } = config;
  const { publicUrl } = config.api;
  const watch = createPollWatch({ client, store, connectors, policy, environment, publicUrl, log, now });
  const app = createApi({ store, intake, knowledge, client, config, policy, watch, version, log, now });
  const server = createServer(app);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(config.api.port, config.api.bind);
  await once(server, 'listening');
  log.info({ address: server.address() }, 'listening');
  watch.start();

  const stop = () => {
    watch.close();
    server.close(async () => {
      await context.close();
      // Not by closing the Temporal connection: a call that is being retried on it would throw past everyone.
      process.exit(0);
    });
    setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** Whether search attributes are usable, asked until they are; incidents start without them meanwhile. */
function followAttributes(client: Client, log: Logger): () => boolean {
  let usable = false;
  const look = async () => {
    try {
      usable = await client.withDeadline(Date.now() + LOOK_EVERY_MS, () => attributesUsable(client));
    } catch (error) {
      log.debug({ err: error }, 'Temporal does not answer');
    }
    if (!usable) setTimeout(look, LOOK_EVERY_MS);
  };
  void look();
  return () => usable;
}

main().catch((error: Error) => {
  console.error(`api: ${error.message}`);
  process.exit(1);
});
