import { afterAll, beforeAll } from '@jest/globals';
import { activityInfo } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Alert } from '../../src/domain/alert.ts';
import { timeSkippingEnvironment, workflowBundle } from '../support/temporal.ts';
import { alert } from './fixtures.ts';
import { Incident, runWorkers, startIncident } from './incident.ts';
import { ScriptedWorld } from './scripted-world.ts';

type Tools = Record<string, (...args: unknown[]) => unknown>;
let incidents = 0;

/** One pair of workers for all incidents of a test file; each activity goes to the world of its own workflow. */
class SharedWorkers {
  readonly #env: TestWorkflowEnvironment;
  readonly #worlds = new Map<string, Tools>();
  readonly #stop = Promise.withResolvers<void>();
  #running: Promise<void> = Promise.resolve();

  private constructor(env: TestWorkflowEnvironment) {
    this.#env = env;
  }

  static async start(env: TestWorkflowEnvironment): Promise<SharedWorkers> {
    const workers = new SharedWorkers(env);
    const names = Object.keys(new ScriptedWorld().activities());
    const activities = Object.fromEntries(
      names.map((name) => [
        name,
        (...args: unknown[]) => {
          const { workflowId } = activityInfo().workflowExecution!;
          return workers.#worlds.get(workflowId)![name]!(...args);
        },
      ]),
    );
    const bundle = await workflowBundle();
    const up = Promise.withResolvers<void>();
    workers.#running = runWorkers(env, activities, bundle, () => {
      up.resolve();
      return workers.#stop.promise;
    });
    await Promise.race([up.promise, workers.#running]);
    return workers;
  }

  /** Starts an incident with alerts, tells the test's story, and ends the workflow if it is still open. */
  async tell(
    world: ScriptedWorld,
    story: (incident: Incident) => Promise<void>,
    alerts: Alert[] = [alert()],
  ): Promise<void> {
    const workflowId = `incident-shared-${process.pid}-${++incidents}`;
    this.#worlds.set(workflowId, world.activities() as unknown as Tools);
    const handle = await startIncident(this.#env, workflowId, alerts);
    try {
      await story(new Incident(this.#env, world, handle));
    } finally {
      await this.#env.client.workflow
        .getHandle(workflowId)
        .terminate()
        .catch(() => {});
    }
  }

  /** Stops the workers; before the environment is torn down. */
  async close(): Promise<void> {
    this.#stop.resolve();
    await this.#running;
  }
}

/** The time-skipping server and its workers for all tests of a file; both end with it. */
export function useSharedWorkers(): { env: () => TestWorkflowEnvironment; tell: SharedWorkers['tell'] } {
  let env: TestWorkflowEnvironment | undefined;
  let workers: SharedWorkers | undefined;
  beforeAll(async () => {
    env = await timeSkippingEnvironment();
    workers = await SharedWorkers.start(env);
  });
  afterAll(async () => {
    await workers?.close();
    await env?.teardown();
  });
  return { env: () => env!, tell: (...story) => workers!.tell(...story) };
}
