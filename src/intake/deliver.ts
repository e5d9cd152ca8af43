import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { AgentOpsAlertType, AgentOpsComponent, AgentOpsSeverity } from '../../workflows/attribute-keys.ts';
import { alertSignal, type IncidentInput, MAX_ALERT_BATCH } from '../../workflows/incident/messages.ts';
import { INCIDENT_WORKFLOW, incidentWorkflowId } from '../../workflows/names.ts';
import { type Alert, componentOf } from '../domain/alert.ts';
import type { Policy } from '../domain/policy/policy.ts';

/** Below the server's limit of 2 MB a payload, with room for what the workflow adds. */
const MAX_BATCH_BYTES = 1_000_000;
/** Temporal acknowledges a signal within milliseconds; past this it is away, and the sender is told to come again. */
const DEADLINE_MS = 10_000;

export interface Intake {
  /**
   * Hands alerts to the incidents of their components; a firing one opens it if need be. Resolves when Temporal has acknowledged all of them, whether or
   * not a worker is up; rejects when it has not, and then the same alerts may be sent again: repeats are counted.
   */
  deliver(alerts: Alert[]): Promise<void>;
  /** The component whose incident an alert reaches, and that incident's workflow. */
  incidentOf(affectedComponent: string): { component: string; workflowId: string };
}

interface IntakeOptions {
  client: Pick<Client, 'workflow' | 'withDeadline'>;
  environment: string;
  taskQueue: string;
  /** Whether the `AgentOps*` search attributes are registered; asked at each start of an incident. */
  attributesUsable: boolean | (() => boolean);
  /** Pipelines' alerts join the incident of the component that they feed. */
  components?: () => Policy['components'];
}

interface Waiting {
  alert: Alert;
  bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Single-flight intake (design §3): while one signal to an incident is under way, further alerts join its next batch, so
 * that a storm of alerts costs few of the 10,000 signals that a run may take.
 */
export function createIntake(options: IntakeOptions): Intake {
  const { client, environment, taskQueue, components = (): Policy['components'] => ({}) } = options;
  const queues = new Map<string, Waiting[]>();

  function incidentComponent(affected: string): string {
    const name = componentOf(affected);
    if (components()[name]) return name;
    const fed = Object.entries(components()).find(([, { pipelines }]) =>
      pipelines.some(({ name }) => name === affected),
    );
    return fed?.[0] ?? name;
  }

  async function send(component: string, batch: Alert[]): Promise<void> {
    if (batch.some(({ status }) => status === 'firing')) await open(component, batch);
    else await tellOpen(component, batch);
  }

  /** Good news alone opens no incident: where none is open, there is nothing to resolve. */
  async function tellOpen(component: string, batch: Alert[]): Promise<void> {
    const handle = client.workflow.getHandle(incidentWorkflowId(environment, component));
    try {
      await client.withDeadline(Date.now() + DEADLINE_MS, () =>
        handle.signal(alertSignal, repeatsCounted(batch)),
      );
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }

  async function open(component: string, batch: Alert[]): Promise<void> {
    const input: IncidentInput = { component, environment };
    const first = batch.find(({ status }) => status === 'firing')!;
    const usable =
      typeof options.attributesUsable === 'function' ? options.attributesUsable() : options.attributesUsable;
    await client.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflow.signalWithStart(INCIDENT_WORKFLOW, {
        workflowId: incidentWorkflowId(environment, component),
        taskQueue,
        args: [input],
        signal: alertSignal,
        signalArgs: [repeatsCounted(batch)],
        staticSummary: first.summary.slice(0, 200),
        ...(usable && {
          typedSearchAttributes: new TypedSearchAttributes([
            { key: AgentOpsComponent, value: component },
            { key: AgentOpsSeverity, value: first.severity },
            { key: AgentOpsAlertType, value: first.alert_type },
          ]),
        }),
      }),
    );
  }

  /** Sends one batch after another until the queue is empty. Never rejects: each waiting sender is told. */
  async function drain(component: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, batchLength(queue));
      try {
        await send(
          component,
          batch.map(({ alert }) => alert),
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    queues.delete(component);
  }

  function deliverOne(alert: Alert): Promise<void> {
    const component = incidentComponent(alert.affected_component);
    return new Promise((resolve, reject) => {
      const waiting = { alert, bytes: Buffer.byteLength(JSON.stringify(alert)), resolve, reject };
      const queue = queues.get(component);
      if (queue) {
        queue.push(waiting);
        return;
      }
      const started = [waiting];
      queues.set(component, started);
      // Starts after the caller's other alerts have joined: an array sent as one is one signal.
      queueMicrotask(() => void drain(component, started));
    });
  }

  return {
    async deliver(alerts) {
      // All are awaited, so that no rejection is left unhandled when several fail.
      const outcomes = await Promise.allSettled(alerts.map((alert) => deliverOne(withoutStatement(alert))));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    },
    incidentOf(affected) {
      const component = incidentComponent(affected);
      return { component, workflowId: incidentWorkflowId(environment, component) };
    },
  };
}

/** The statement behind an alert is in the store with it, and the incident measures again before it does anything. */
function withoutStatement(alert: Alert): Alert {
  return alert.measurement ? { ...alert, measurement: { ...alert.measurement, query: '' } } : alert;
}

/** Repeats of an alert as one that is counted: a storm of one alert stays small in history. Its changes of status stay. */
function repeatsCounted(batch: readonly Alert[]): Alert[] {
  const counted: Alert[] = [];
  const latest = new Map<string, number>();
  for (const alert of batch) {
    const index = latest.get(alert.alert_id);
    const before = index === undefined ? undefined : counted[index];
    if (index !== undefined && before?.status === alert.status) {
      counted[index] = { ...alert, count: (before.count ?? 1) + (alert.count ?? 1) };
    } else {
      latest.set(alert.alert_id, counted.push(alert) - 1);
    }
  }
  return counted;
}

/** How many of the queue's first alerts fit into one signal; at least one. */
function batchLength(queue: readonly Waiting[]): number {
  let bytes = 0;
  const past = queue.findIndex((waiting, index) => {
    bytes += waiting.bytes;
    return index > 0 && (index >= MAX_ALERT_BATCH || bytes > MAX_BATCH_BYTES);
  });
  return past === -1 ? queue.length : past;
}
