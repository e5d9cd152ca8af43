import { activityInfo } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { ActionRecord } from '../../src/domain/actions/record.ts';
import type { Alert } from '../../src/domain/alert.ts';
import type { ComponentStatus } from '../../src/domain/component-status.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { IncidentView, TraceEvent } from '../../src/domain/incident.ts';
import { applyPatch } from '../../src/domain/incident-patch.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import type { ModelCall } from '../../src/domain/model-call.ts';
import type { TrainingJob } from '../../src/domain/platform.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import type { WantedEvidence } from '../../src/domain/reasoning.ts';
import type { InvestigateActivities } from '../../workflows/contracts/investigate.ts';
import type { CheckAnswers, CheckRequest, MonitorActivities } from '../../workflows/contracts/monitor.ts';
import type { RecordActivities } from '../../workflows/contracts/record.ts';
import type { RemediateActivities } from '../../workflows/contracts/remediate.ts';
import { alertSignal, type IncidentInput, incidentQuery } from '../../workflows/incident/messages.ts';
import { REMEDIATION_QUEUE, TASK_QUEUE } from '../../workflows/names.ts';
import { workflowBundle } from '../support/temporal.ts';

type All = MonitorActivities & InvestigateActivities & RecordActivities & RemediateActivities;

export const SYSTEM = { name: 'platform', address: 'http://127.0.0.1:7080' };

export const POLICY = Policy.parse({ components: { classifier: { model: 'classifier', pipelines: [] } } });

/** The world outside a workflow under test: what is measured and what happens are set by the test, every call is kept. */
export class ScriptedWorld {
  policy: Policy = POLICY;
  /** Whether the policy knows the component. */
  measured = true;
  drift: Measurement['state'] = 'firing';
  /** What the newly deployed version's rows say. */
  driftAfter: Measurement['state'] = 'clear';
  f1After = 0.912;
  replicas = 3;
  /** What a rerun or more servers do to the trigger. */
  repaired: () => void = () => {
    this.drift = 'clear';
  };
  activeVersion = 'v2';
  previousVersion: string | null = 'v1';
  training: 'works' | 'fails' | 'does_not_help' = 'works';
  diagnosis: Partial<Diagnosis> = {};
  /** What each round of reasoning asks for, before one answers. */
  wanted: WantedEvidence[][] = [];
  /** What the model is said to have answered in the last round. */
  modelCalls: ModelCall[] = [];
  /** Tools that fail for good until taken out. */
  readonly broken = new Set<keyof All>();
  /** The type of their failures. */
  brokenBy = 'Down';
  readonly calls: { name: keyof All; args: unknown[] }[] = [];
  readonly recorded: { view: IncidentView; events: TraceEvent[] }[] = [];
  readonly #incidents: string[] = [];

  called(name: keyof All): unknown[][] {
    return this.calls.filter((call) => call.name === name).map((call) => call.args);
  }

  get last(): IncidentView {
    return this.recorded.at(-1)!.view;
  }

  /** As the store does: a reset run finds the id it had. */
  #incidentId(originalRunId: string): string {
    if (!this.#incidents.includes(originalRunId)) this.#incidents.push(originalRunId);
    const n = this.#incidents.indexOf(originalRunId) + 1;
    return n === 1 ? 'INC-2026-1123' : `INC-2026-1123-${n}`;
  }

  /** The component as its systems show it. */
  status(needs: readonly string[]): ComponentStatus {
    const system = SYSTEM;
    const wanted = <T>(name: string, value: T): T | null => (needs.includes(name) ? value : null);
    return {
      model: 'classifier',
      registry: wanted('registry', {
        system,
        activeVersion: this.activeVersion,
        previousVersion: this.previousVersion,
        baselineF1: 0.911,
      }),
      trainer: wanted('trainer', { system }),
      pipelines: wanted('pipelines', [
        {
          name: 'transactions',
          system,
          job: null,
          lastStatus: 'failed',
          lastRunAt: '2026-11-23T11:00:00.000Z',
        },
      ]),
      serving: wanted('serving', { system, replicas: this.replicas, cpu: 0.97, queue: 120 }),
    };
  }

  activities(): All {
    const check = async (tool: string, request: CheckRequest): Promise<CheckAnswers> => ({
      [request.components[0]!]: {
        measurements:
          tool === 'check_drift'
            ? [measurement('model_drift', request.version ? this.driftAfter : this.drift)]
            : tool === 'query_snowflake'
              ? [accuracy(request.version ? this.f1After : 0.814, this.drift === 'clear' && !request.version)]
              : [],
        evidence: request.version ? [] : [{ id: `ev_${tool}_00000000`, tool, summary: `${tool} answered` }],
        activeVersion: this.activeVersion,
      },
    });
    const swap = async ({ params }: { params: { version: string } }) => {
      const done = { from: this.activeVersion, to: params.version, at: new Date().toISOString() };
      this.previousVersion = this.activeVersion;
      this.activeVersion = params.version;
      return done;
    };
    const sent = async (message: { key: string }) => ({
      ref: `ref:${message.key}`,
      status: 'recorded' as const,
      url: null,
    });
    const found = async (tool: string) => ({ id: `ev_${tool}_11111111`, tool, summary: `${tool} answered` });
    const all: All = {
      check_drift: (r) => check('check_drift', r),
      query_snowflake: (r) => check('query_snowflake', r),
      check_data_quality: (r) => check('check_data_quality', r),
      check_model_health: (r) => check('check_model_health', r),
      raise_alerts: async () => [],
      search_runbooks: () => found('search_runbooks'),
      search_incidents: () => found('search_incidents'),
      query_snowflake_history: async () => [await found('query_snowflake_history')],
      compare_model_versions: () => found('compare_model_versions'),
      diagnose: async ({ alerts, evidence, mayAsk }) => {
        const wanted = mayAsk ? this.wanted.shift() : undefined;
        if (wanted) return { diagnosis: null, wanted, calls: [modelCall('asked', 'wants more')] };
        const diagnosis = {
          ...DIAGNOSIS,
          alert_id: alerts[0]!.alert_id,
          evidence,
          ...this.diagnosis,
        };
        return { diagnosis, wanted: [], calls: this.modelCalls };
      },
      open_incident: async ({ originalRunId }) => ({
        incidentId: this.#incidentId(originalRunId),
        runId: activityInfo().workflowExecution!.runId,
        policy: this.policy,
        policyVersion: 'p1',
        measured: this.measured,
        pastActions: [],
        searchAttributes: false,
        publicUrl: 'http://127.0.0.1:7070',
      }),
      record_incident: async (change, events) => {
        const { runId } = activityInfo().workflowExecution!;
        const before = this.recorded.at(-1)?.view;
        if (!('view' in change) && before?.run_id !== runId) return { runId, complete: false };
        const view = 'view' in change ? change.view : applyPatch(before!, change.patch);
        this.recorded.push({ view, events });
        return { runId, complete: true };
      },
      write_report: async () => ({ file: 'inc_2026_1123_drift.md' }),
      component_status: async ({ needs }) => this.status(needs),
      rerun_pipeline: async () => {
        this.repaired();
        return { runId: 'run-2', records: 90_000, at: new Date().toISOString() };
      },
      scale_infrastructure: async ({ params: { replicas } }) => {
        const from = this.replicas;
        this.replicas = replicas;
        this.repaired();
        return { from, to: replicas, at: new Date().toISOString() };
      },
      trigger_retraining: async () => ({ jobId: 'job-1', status: 'queued' }),
      follow_training: async () => trainingJob(this.training),
      stop_training: async () => {},
      deploy_model: swap,
      rollback_model: swap,
      send_slack_alert: sent,
      create_github_issue: sent,
      create_jira_ticket: sent,
      acknowledge_pagerduty: sent,
      page_on_call: sent,
      request_human_approval: async () => {},
    };
    return Object.fromEntries(
      Object.entries(all).map(([name, run]) => [
        name,
        async (...args: unknown[]) => {
          const tool = name as keyof All;
          this.calls.push({ name: tool, args });
          if (this.broken.has(tool)) throw ApplicationFailure.nonRetryable(`${name} is down`, this.brokenBy);
          return (run as (...a: unknown[]) => unknown)(...args);
        },
      ]),
    ) as unknown as All;
  }
}

const DIAGNOSIS: Diagnosis = {
  alert_id: '',
  root_cause: 'V14 and V17 changed upstream',
  confidence: 0.9,
  evidence: [],
  recommended_actions: [
    { action: 'send_slack_alert', priority: 1, requires_approval: false },
    { action: 'create_github_issue', priority: 2, requires_approval: false },
    { action: 'retrain_model', priority: 3, requires_approval: true },
    {
      action: 'rollback_model',
      priority: 4,
      requires_approval: true,
      condition: 'if retrain fails',
      only_after_failure: true,
    },
  ],
  runbook_reference: 'runbook_model_drift.md#section-3-2',
  similar_incidents: [],
  verdict: 'confirmed',
  category: 'upstream_change',
  claims: [{ text: 'V14 PSI 0.80', evidence: ['ev_check_drift_00000000'] }],
  diagnosed_by: 'rules',
  not_found: [],
  onset: '2026-11-23T07:00:00.000Z',
};

export function alert(given: Partial<Alert> = {}): Alert {
  const at = new Date().toISOString();
  const type = given.alert_type ?? 'model_drift';
  return {
    alert_id: 'alert_2026-11-23_001',
    severity: 'critical',
    alert_type: type,
    affected_component: 'classifier_v2',
    metrics: { drift_score: 0.45 },
    timestamp: at,
    status: 'firing',
    fingerprint: `${type}:classifier`,
    source: 'agentops-monitor',
    source_key: 'k',
    summary: 'Aggregate PSI 0.45 (limit 0.30)',
    labels: {},
    starts_at: at,
    ...given,
  };
}

function measurement(rule: Measurement['rule'], state: Measurement['state']): Measurement {
  return {
    rule,
    state,
    value: state === 'firing' ? 0.45 : 0.02,
    threshold: 0.3,
    window: { from: '2026-11-23T07:00:00.000Z', to: '2026-11-23T08:00:00.000Z' },
    samples: { current: 90_000 },
    numbers: {},
    query: 'select 1',
    text: `${rule} ${state}`,
  };
}

function accuracy(f1: number, clear: boolean): Measurement {
  return {
    ...measurement('accuracy_drop', f1 > 0.9 || clear ? 'clear' : 'firing'),
    samples: { positives: 400 },
    numbers: { current_f1: f1, f1_lower: f1 - 0.01, f1_upper: f1 + 0.01, baseline_f1: 0.911 },
  };
}

function trainingJob(outcome: ScriptedWorld['training']): TrainingJob {
  const helped = outcome === 'works';
  return {
    id: 'job-1',
    model: 'classifier',
    status: outcome === 'fails' ? 'failed' : 'succeeded',
    progress: 1,
    message: outcome === 'fails' ? 'out of memory' : 'done',
    created_at: '2026-11-23T08:00:00.000Z',
    finished_at: '2026-11-23T08:01:00.000Z',
    since: '2026-11-23T07:00:00.000Z',
    incident: null,
    result:
      outcome === 'fails'
        ? null
        : {
            version: 'v3',
            champion: 'v2',
            training: { from: 'a', to: '2026-11-23T07:20:00Z', rows: 20_000, positives: 400 },
            holdout: { from: '2026-11-23T07:20:00Z', to: 'c', rows: 55_000, positives: 1_100 },
            candidate_confusion: helped
              ? { tp: 1000, fp: 90, fn: 100, tn: 0 }
              : { tp: 850, fp: 140, fn: 250, tn: 0 },
            champion_confusion: { tp: 860, fp: 140, fn: 240, tn: 0 },
          },
  };
}

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
    const handle = await env.client.workflow.signalWithStart('incident', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [{ component: 'classifier', environment: 'test' } satisfies IncidentInput],
      signal: alertSignal,
      signalArgs: [alerts],
    });
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

export function modelCall(outcome: ModelCall['outcome'], detail: string): ModelCall {
  return { model: 'llama3', prompt: 'diagnose@1', outcome, detail, tokens_in: 900, tokens_out: 80, ms: 1200 };
}
