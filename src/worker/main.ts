import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { answerActivities } from '../../activities/answer/index.ts';
import { createInvestigateActivities } from '../../activities/investigate/index.ts';
import { monitorActivities } from '../../activities/monitor/index.ts';
import { recordActivities } from '../../activities/record/index.ts';
import { remediateActivities } from '../../activities/remediate/index.ts';
import { registerAttributes } from '../../temporal/attributes.ts';
import { connect, connectNative } from '../../temporal/connection.ts';
import { ensureSchedules } from '../../temporal/schedules.ts';
import { REMEDIATION_QUEUE, TASK_QUEUE } from '../../workflows/names.ts';
import { AGENTS, equip } from '../agents/agents.ts';
import { type Config, readConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { openPolicy } from '../config/policy-file.ts';
import { readOrCreateSecret } from '../config/secrets.ts';
import { createOutbox } from '../connectors/outbox.ts';
import { createIntake } from '../intake/deliver.ts';
import { openKnowledge } from '../knowledge/open.ts';
import { createPlatformClient } from '../platform/http/client.ts';
import { openStore } from '../store/sqlite/store.ts';
import { openPipelineTasks, openWarehouse } from '../warehouse/open.ts';
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
  const policy = openPolicy(config, log);
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      // The remediation queue has activities only, and is meant to.
      if (message.startsWith('No workflows registered')) return;
      log[level === 'ERROR' ? 'error' : 'warn']({ ...meta }, message);
    }),
  });
  const { client, connection } = await connect(config);
  const native = await connectNative(config);
  const store = openStore(join(config.dataDir, 'agentops.db'));
  const knowledge = openKnowledge(config, (line) => log.info(line));
  const token = config.warehouse.token ?? readOrCreateSecret(config.dataDir, 'warehouse-token');
  const warehouse = openWarehouse(config, token);
  const tasks = openPipelineTasks(config);
  const platform = createPlatformClient({ url: config.platform.url });
  try {
    await knowledge.ingest([join(ROOT, 'runbooks'), join(ROOT, 'incidents')]);
    const searchAttributes = await registerAttributes(client);
    const now = () => new Date();
    const { environment } = config;
    const { publicUrl } = config.api;
    const intake = createIntake({
      client,
      environment,
      taskQueue: TASK_QUEUE,
      attributesUsable: searchAttributes,
      components: () => policy.current().components,
    });
    const deps = {
      store,
      knowledge,
      warehouse,
      tasks,
      platform,
      intake,
      now,
      publicUrl,
      searchAttributes,
      policy: policy.current,
      model: config.ollama,
      connectors: createOutbox(store, now),
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
      workflowsPath: join(ROOT, 'workflows', 'index.ts'),
      activities: {
        ...equip(AGENTS.monitor, monitorActivities(deps)),
        ...equip(AGENTS.investigator, { ...createInvestigateActivities(deps), ...answerActivities(deps) }),
        ...recordActivities(deps),
      },
    });
    const acting = await Worker.create({
      ...shared,
      taskQueue: REMEDIATION_QUEUE,
      activities: equip(AGENTS.remediator, remediateActivities(deps)),
    });
    await followPolicy(policy, (current) => ensureSchedules(client, current, environment), log);
    log.info({ components: Object.keys(policy.current().components), searchAttributes }, 'worker is up');
    await Promise.all([main.run(), acting.run()]);
  } finally {
    policy.close();
    await native.connection.close();
    await connection.close();
    await warehouse.close();
    await tasks?.close();
    knowledge.close();
    store.close();
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
