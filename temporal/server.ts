import { join } from 'node:path';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import type { Config } from '../src/config/config.ts';

/** How long our dev server keeps closed incidents, so that one can be replayed weeks later. */
export const RETENTION_DAYS = 30;
const DAY_MS = 86_400_000;

/** Arguments of the `temporal` command for our own dev server: one SQLite file, loopback only, Web UI on. */
export function devServerArguments(config: Pick<Config, 'dataDir' | 'temporal'>): string[] {
  const { port, uiPort } = config.temporal;
  return [
    ...['server', 'start-dev', '--db-filename', join(config.dataDir, 'temporal.db')],
    ...['--ip', '127.0.0.1', '--port', String(port), '--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)],
    ...['--ui-disable-news-fetch', '--log-level', 'warn'],
  ];
}

/**
 * Resolves once the server answers for its namespace; the dev server creates `default` a moment after its port opens.
 * @throws the signal's reason when it is aborted before
 */
export async function temporalReady(client: Client, signal: AbortSignal): Promise<void> {
  const { namespace } = client.options;
  for (;;) {
    signal.throwIfAborted();
    try {
      await client.withDeadline(Date.now() + 2_000, async () => {
        await client.workflowService.getSystemInfo({});
        await client.workflowService.describeNamespace({ namespace });
      });
      return;
    } catch (error) {
      if (!isGrpcServiceError(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Sets the retention of the client's namespace; does nothing when it is right already. For our own dev server only. */
export async function ensureRetention(client: Client, days = RETENTION_DAYS): Promise<void> {
  const { namespace } = client.options;
  const { config } = await client.workflowService.describeNamespace({ namespace });
  if (tsToMs(config?.workflowExecutionRetentionTtl) === days * DAY_MS) return;
  await client.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(days * DAY_MS) },
  });
}
