import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { ActionRecord } from '../../src/domain/actions/record.ts';
import type { Alert } from '../../src/domain/alert.ts';
import type { IncidentView } from '../../src/domain/incident.ts';
import { alertSignal, type IncidentInput, incidentQuery } from '../../workflows/incident/messages.ts';
import { REMEDIATION_QUEUE, TASK_QUEUE } from '../../workflows/names.ts';
import { workflowBundle } from '../support/temporal.ts';
import { alert } from './fixtures.ts';
import type { ScriptedWorld } from './scripted-world.ts';

/** An action that people are asked for. */
export type Asked = ActionRecord & NonNullable<ActionRecord['approval']>;

let runs = 0;

/** Starts an incident with an alert on a worker of its own, tells the test's story, and stops the worker. */
export async function withIncident(
  env: TestWorkflowEnvironment,
  world: ScriptedWorld,
  story: (incident: Incident) => Promise<void>,
  alerts: Alert[] = [alert()],
): Promise<void> {
  const workflowId = `incident-test-${process.pid}-${++runs}`;
  await withWorker(env, world, async () => {
    const handle = await startIncident(env, workflowId, alerts);
    try {
      await story(new Incident(env, world, handle));
    } catch (error) {
      // What a failed test leaves open would be the next test's to work on.
      await env.client.workflow
        .getHandle(workflowId)
        .terminate()
        .catch(() => {});
      throw error;
    }
  });
}

/** Starts the workflow with its first alerts, on whatever worker there is. */
export function startIncident(env: TestWorkflowEnvironment, workflowId: string, alerts = [alert()]) {
  return env.client.workflow.signalWithStart('incident', {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [{ component: 'classifier', environment: 'test' } satisfies IncidentInput],
    signal: alertSignal,
    signalArgs: [alerts],
  });
}

/** Runs both workers of a process while `work` goes on, and shuts them down after it. */
export async function withWorker(
  env: TestWorkflowEnvironment,
  world: ScriptedWorld,
  work: () => Promise<void>,
): Promise<void> {
  await runWorkers(env, world.activities(), await workflowBundle(), work);
}

/** Both workers of a process, with these activities and workflows. */
export async function runWorkers(
  env: TestWorkflowEnvironment,
  activities: object,
  workflowBundle: { codePath: string },
  work: () => Promise<void>,
): Promise<void> {
  const common = { connection: env.nativeConnection, ...(env.namespace && { namespace: env.namespace }) };
  const worker = await Worker.create({ ...common, taskQueue: TASK_QUEUE, workflowBundle, activities });
  const acting = await Worker.create({ ...common, taskQueue: REMEDIATION_QUEUE, activities });
  await acting.runUntil(worker.runUntil(work));
}

/** What a test says to an incident and reads from it. */
export class Incident {
  readonly env: TestWorkflowEnvironment;
  readonly world: ScriptedWorld;
  readonly handle: WorkflowHandle;
  constructor(env: TestWorkflowEnvironment, world: ScriptedWorld, handle: WorkflowHandle) {
    this.env = env;
    this.world = world;
    this.handle = handle;
  }

  view(): Promise<IncidentView> {
    return this.handle.query(incidentQuery);
  }

  /** Asks until the view is as wanted. @throws Error with the last view after 20 s */
  async until(wanted: (view: IncidentView) => boolean, what: string): Promise<IncidentView> {
    const deadline = Date.now() + 20_000;
    let problem: unknown;
    for (;;) {
      const view = await this.view().catch((error) => {
        problem = error;
        return null;
      });
      if (view && wanted(view)) return view;
      if (Date.now() > deadline) {
        throw new Error(`never ${what}; last: ${JSON.stringify(view, null, 1)}`, { cause: problem });
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /**
   * Waits for the store to have a view, asking the run nothing: the time-skipping server never answers a query that meets a
   * continue-as-new, and its clock stands still from then on. @throws Error with the last view after 20 s
   */
  async recorded(wanted: (view: IncidentView) => boolean, what: string): Promise<IncidentView> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const view = this.world.recorded.at(-1)?.view;
      if (view && wanted(view)) return view;
      if (Date.now() > deadline) throw new Error(`never ${what}; last: ${JSON.stringify(view, null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Sends alerts until the run has continued as new; the server suggests it early. */
  async continueAsNew(): Promise<void> {
    const { runId } = await this.handle.describe();
    let n = 0;
    await this.until((view) => {
      if (view.run_id === runId)
        void this.handle.signal('alert', [alert({ alert_id: `alert_2026-11-23_${100 + ++n}` })]);
      return view.run_id !== runId;
    }, 'continued as new');
  }

  /** An action that waits for approval, once people were told and the store has it; with its approval's fields. */
  async asked(action: string): Promise<Asked> {
    const open = (view: IncidentView | undefined) =>
      view?.actions.find((a) => a.action === action && a.state === 'awaiting');
    const recorded = () => open(this.world.recorded.at(-1)?.view)?.approval?.approval_id;
    const asked = (view: IncidentView) => {
      const id = open(view)?.approval?.approval_id;
      return id !== undefined && id === recorded();
    };
    const record = open(await this.until(asked, `asked to ${action}`))!;
    return { ...record, ...record.approval! };
  }

  async approve(action: string, by = 'Ana'): Promise<void> {
    const { approval_id } = await this.asked(action);
    await this.handle.executeUpdate('decide', {
      args: [{ approvalId: approval_id, decision: 'approve', by }],
    });
  }
}
