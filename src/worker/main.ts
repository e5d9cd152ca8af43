import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { answerActivities } from '../../activities/answer/index.ts';
import { investigateActivities } from '../../activities/investigate/index.ts';
import { createModelLookup } from '../../activities/models.ts';
import { monitorActivities } from '../../activities/monitor/index.ts';
import { recordActivities } from '../../activities/record/index.ts';
import { remediateActivities } from '../../activities/remediate/index.ts';
import { registerAttributes } from '../../temporal/attributes.ts';
import { connect, connectNative } from '../../temporal/connection.ts';
import { ensureSchedules } from '../../temporal/schedules.ts';
import { REMEDIATION_QUEUE, TASK_QUEUE } from '../../workflows/names.ts';
import { equip } from '../agents/agents.ts';
import { type Config, readConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { createContext } from '../context.ts';
import { workflowBundle } from './bundle.ts';
import { followPolicy } from './follow-policy.ts';
import { heartbeatWhileRunning } from './heartbeat.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SHUTDOWN_GRACE = '20 seconds';

/**
 * The worker process: runs the workflows and all activities, on two queues so that searches cannot starve side effects.
 * Registers search attributes and Schedules first. Resolves when it was told to stop (SIGINT, SIGTERM) and has.
 */
export async function runWorker(config: Config): Promise<void> {
  const log = createLogger('worker', config);
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      // The remediation queue has activities only, and is meant to.
      if (message.startsWith('No workflows registered')) return;
      log[level === 'ERROR' ? 'error' : 'warn']({ ...meta }, message);
    }),
  });
  const context = createContext(config, log);
  const { client, connection } = await connect(config);
  const native = await connectNative(config);
  const { policy, store, platforms } = context;
  try {
    await context.knowledge.ingest([join(ROOT, 'runbooks'), join(ROOT, 'incidents')]);
    const searchAttributes = await registerAttributes(client);
    const deps = {
      ...context,
      intake: context.intake(client, searchAttributes),
      models: createModelLookup({ platforms, store }),
      publicUrl: config.api.publicUrl,
      searchAttributes,
      model: config.ollama,
    };
    const shared = {
      connection: native.connection,
      namespace: native.namespace,
      shutdownGraceTime: SHUTDOWN_GRACE,
      interceptors: { activity: [heartbeatWhileRunning] },
    } satisfies Partial<WorkerOptions>;
    const main = await Worker.create({
      ...shared,
      taskQueue: TASK_QUEUE,
      workflowBundle: await workflowBundle(),
      activities: {
        ...equip('monitor', monitorActivities(deps)),
        ...equip('investigator', { ...investigateActivities(deps), ...answerActivities(deps) }),
        ...equip('record', recordActivities(deps)),
      },
    });
    const acting = await Worker.create({
      ...shared,
      taskQueue: REMEDIATION_QUEUE,
      activities: equip('remediator', remediateActivities(deps)),
    });
    await followPolicy(policy, (current) => ensureSchedules(client, current, config.environment), log);
    log.info({ components: Object.keys(policy.current().components), searchAttributes }, 'worker is up');
    await Promise.all([main.run(), acting.run()]);
  } finally {
    await native.connection.close();
    await connection.close();
    await context.close();
  }
}

if (import.meta.main) {
  try {
    await runWorker(readConfig());
  } catch (error) {
    process.stderr.write(`worker: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
