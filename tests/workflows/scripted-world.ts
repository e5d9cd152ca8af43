import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ComponentStatus } from '../../src/domain/component-status.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { IncidentView, TraceEvent } from '../../src/domain/incident.ts';
import { applyPatch } from '../../src/domain/incident-patch.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import type { ModelCall } from '../../src/domain/model-call.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import type { WantedEvidence } from '../../src/domain/reasoning.ts';
import type { InvestigateActivities } from '../../workflows/contracts/investigate.ts';
import type { CheckAnswers, CheckRequest, MonitorActivities } from '../../workflows/contracts/monitor.ts';
import type { RecordActivities } from '../../workflows/contracts/record.ts';
import type { RemediateActivities } from '../../workflows/contracts/remediate.ts';
import { accuracy, DIAGNOSIS, measurement, modelCall, trainingJob } from './fixtures.ts';

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
          feeds: ['classifier'],
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
