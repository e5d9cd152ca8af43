import pino from 'pino';
import { readConfig } from '../config/config.ts';
import { readOrCreateSecret } from '../config/secrets.ts';
import { openTarget } from './mirror/target.ts';
import { startSandbox } from './sandbox.ts';

/** `agentops sandbox`: the outside world as a process of its own. */
async function main(): Promise<void> {
  const config = readConfig();
  const log = pino({ level: config.logLevel, name: 'sandbox' });
  const sandbox = await startSandbox({
    port: config.sandbox.port,
    dataDir: config.dataDir,
    seed: config.sandbox.seed,
    snowflake: config.snowflake && openTarget(config.snowflake, config.environment),
    token: config.warehouse.token ?? readOrCreateSecret(config.dataDir, 'warehouse-token'),
    log,
  });
  log.info({ url: sandbox.url }, 'sandbox is up');
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    sandbox.close().catch((error: unknown) => {
      log.error(error, 'sandbox did not stop cleanly');
      process.exitCode = 1;
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: Error) => {
  process.stderr.write(`sandbox: ${error.message.split('\n')[0]}\n`);
  process.exitCode = 1;
});
