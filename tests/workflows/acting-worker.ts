import { NativeConnection, Worker } from '@temporalio/worker';
import { REMEDIATION_QUEUE, TASK_QUEUE } from '../../workflows/names.ts';
import { type Acting, PlatformWorld } from './platform-world.ts';

/** A worker process to be killed: `node acting-worker.ts <address> <workflow bundle> <action>`; its diagnosis proposes the action. */
const [address, codePath, action] = process.argv.slice(2);
const connection = await NativeConnection.connect({ address: address! });
const world = new PlatformWorld({
  active: 'v2',
  previous: 'v1',
  replicas: 3,
  address: 'http://127.0.0.1:7080',
  job: 'load',
});
world.diagnosis = {
  recommended_actions: [{ action: action as Acting, priority: 1, requires_approval: true }],
};
const shared = { connection, activities: world.activities() };
const [main, acting] = await Promise.all([
  Worker.create({ ...shared, taskQueue: TASK_QUEUE, workflowBundle: { codePath: codePath! } }),
  Worker.create({ ...shared, taskQueue: REMEDIATION_QUEUE }),
]);
await Promise.all([main.run(), acting.run()]);
