import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import pino, { type Logger } from 'pino';
import { attributesUsable } from '../../temporal/attributes.ts';
import { connect } from '../../temporal/connection.ts';
import { TASK_QUEUE } from '../../workflows/names.ts';
import { readConfig } from '../config/config.ts';
import { openPolicy } from '../config/policy-file.ts';
import { version } from '../config/version.ts';
import { createOutbox } from '../connectors/outbox.ts';
import { createIntake } from '../intake/deliver.ts';
import { openKnowledge } from '../knowledge/open.ts';
import { openStore } from '../store/sqlite/store.ts';
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
  const policy = openPolicy(config, log);
  const store = openStore(join(config.dataDir, 'agentops.db'));
  const tokenFile = await ensureAdminToken(store, config.dataDir, new Date());
  if (tokenFile) {
    log.info(
      `made an admin token: the agentops command reads it from ${tokenFile}, others send "Authorization: Bearer $(cat ${tokenFile})"`,
    );
  }

  // Lazy: this process starts and answers /healthz while Temporal is away.
  const { client } = await connect(config, { lazy: true });
  const intake = createIntake({
    client,
    environment: config.environment,
    taskQueue: TASK_QUEUE,
    attributesUsable: watchAttributes(client, log),
    components: () => policy.current().components,
  });
  const knowledge = openKnowledge(config, (line) => log.info(line));
  const now = () => new Date();
  const watch = createPollWatch({
    client,
    store,
    connectors: createOutbox(store, now),
    policy,
    environment: config.environment,
    publicUrl: config.api.publicUrl,
    log,
    now,
  });
  const app = createApi({ store, intake, knowledge, client, config, policy, watch, version, log, now });
  const server = createServer(app);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(config.api.port, config.api.bind);
  await once(server, 'listening');
  log.info({ address: server.address() }, 'listening');
  watch.start();

  const stop = () => {
    watch.close();
    policy.close();
    server.close(() => {
      knowledge.close();
      store.close();
      // Not by closing the Temporal connection: a call that is being retried on it would throw past everyone.
      process.exit(0);
    });
    setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** Whether search attributes are usable, asked until they are; incidents start without them meanwhile. */
function watchAttributes(client: Client, log: Logger): () => boolean {
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
