import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import pino from 'pino';
import { readConfig } from '../../config/config.ts';
import { openTarget } from '../mirror/target.ts';
import { SeedError, type Seeded, seedWarehouse } from './load.ts';

/** `agentops seed`: a process of its own, as the sandbox is. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, reset: { type: 'boolean' }, json: { type: 'boolean' } },
  });
  const config = readConfig();
  if (!config.snowflake && !config.sandbox.enabled) {
    throw new SeedError(
      `AGENTOPS_SANDBOX is off, so the warehouse at ${config.warehouse.url} is not ours to seed; name a SNOWFLAKE_ACCOUNT, or turn it on`,
    );
  }
  const bar = new SingleBar({
    format: 'seed {bar} {value}/{total} rows',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  const snowflake = config.snowflake && openTarget(config.snowflake, config.environment);
  try {
    const seeded = await seedWarehouse({
      dataDir: config.dataDir,
      seed: values.seed === undefined ? null : Number(values.seed),
      usualSeed: config.sandbox.seed,
      reset: values.reset ?? false,
      snowflake,
      log: pino({ level: 'silent' }),
      onProgress: (copied, rows) => (bar.isActive ? bar.update(copied) : bar.start(rows, copied)),
    });
    bar.stop();
    process.stdout.write(`${values.json ? JSON.stringify(seeded) : text(seeded)}\n`);
  } finally {
    bar.stop();
    await snowflake?.close();
  }
}

function text({ warehouse, at, seed, loaded, from, to, rows }: Seeded): string {
  const did = loaded ? 'loaded' : 'was there already, nothing loaded';
  const width = Math.max(...Object.keys(rows).map((table) => table.length));
  return [
    `${warehouse} ${at}: ${did}; seed ${seed}, predictions from ${from} to ${to}`,
    ...Object.entries(rows).map(([table, n]) => `  ${table.padEnd(width)}  ${n} rows`),
  ].join('\n');
}

main().catch((error: Error) => {
  process.stderr.write(`agentops: ${error.message.split('\n')[0]}\n`);
  process.exitCode = 1;
});
