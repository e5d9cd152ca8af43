import { NativeConnection, Worker } from '@temporalio/worker';
import { heartbeatWhileRunning } from '../../src/worker/heartbeat.ts';
import { REMEDIATION_QUEUE, TASK_QUEUE } from '../../workflows/names.ts';
import { ScriptedWorld } from './scripted-world.ts';

/**
 * A worker process to be killed: `node hanging-worker.ts <address> <workflow bundle>`. All tools answer but
 * query_snowflake_history, which never does.
 */
const [address, codePath] = process.argv.slice(2);
const connection = await NativeConnection.connect({ address: address! });
const activities = {
  ...new ScriptedWorld().activities(),
  query_snowflake_history: () => new Promise(() => {}),
};
const shared = { connection, activities, interceptors: { activity: [heartbeatWhileRunning] } };
const [main, acting] = await Promise.all([
  Worker.create({ ...shared, taskQueue: TASK_QUEUE, workflowBundle: { codePath: codePath! } }),
  Worker.create({ ...shared, taskQueue: REMEDIATION_QUEUE }),
]);
await Promise.all([main.run(), acting.run()]);
