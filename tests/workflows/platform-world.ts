import type { RemediateDeps } from '../../activities/remediate/deps.ts';
import { remediateActivities } from '../../activities/remediate/index.ts';
import { createPolicyVersions } from '../../src/config/policy-versions.ts';
import type { SystemReference } from '../../src/domain/component-status.ts';
import type { Deployment, ModelRecord, TrainingJob } from '../../src/domain/platform.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import { type Capabilities, PlatformError } from '../../src/platform/port.ts';
import { ScriptedWorld } from './scripted-world.ts';

export const ACTING = ['retrain_model', 'rollback_model', 'rerun_pipeline', 'scale_infrastructure'] as const;
export type Acting = (typeof ACTING)[number];

/** What may differ about the platforms between a card and its call. */
export interface PlatformShape {
  active: string;
  previous: string;
  replicas: number;
  address: string;
  /** The runner's name for the pipeline, by the policy in force. */
  job: string;
}

/** A request that a platform got, in the terms of the card: the tool, and parameters with the system that was asked. */
export interface Request {
  tool: string;
  params: Record<string, unknown>;
}

const at = '2026-11-23T08:00:00.000Z';

/**
 * A scripted world whose Remediator is the real one, over platforms in memory that can change at any moment and keep every
 * request that acts.
 */
export class PlatformWorld extends ScriptedWorld {
  readonly requests: Request[] = [];
  readonly #documents = new Map<string, unknown>();
  readonly #policies = createPolicyVersions({ current: () => this.policy }, {
    document: async <T>(name: string) => this.#documents.get(name) as T | undefined,
    putDocument: async (name: string, value: unknown) => void this.#documents.set(name, value),
  } as Parameters<typeof createPolicyVersions>[1]);
  #address = '';
  #deployments: Deployment[] = [];

  constructor(shape: PlatformShape) {
    super();
    this.become(shape);
  }

  /** Keeps the policy in force, as an incident does when it opens. */
  async keepPolicy(): Promise<void> {
    await this.#policies.keep();
  }

  /** From now on platforms and policy are like this. */
  become({ active, previous, replicas, address, job }: PlatformShape): void {
    this.activeVersion = active;
    this.previousVersion = previous;
    this.replicas = replicas;
    this.#address = address;
    this.policy = Policy.parse({
      components: { classifier: { model: 'classifier', pipelines: { transactions: { job } } } },
    });
    const log = (from: string | null, to: string): Deployment => {
      return { at, kind: 'deploy', from, to, by: 'ci', incident: null, reason: '' };
    };
    this.#deployments = [log(null, previous), log(previous, active)];
  }

  override activities() {
    const deps: RemediateDeps = {
      platforms: {
        port: (capability, name) => this.#platform({ name, address: this.#address })[capability],
        reference: (name) => ({ name, address: this.#address }),
      },
      policies: this.#policies,
      connectors: { send: async () => ({ ref: 'r', status: 'recorded', url: null }) } as never,
      publicUrl: 'http://127.0.0.1:7070',
    };
    const all = super.activities();
    return {
      ...all,
      ...remediateActivities(deps),
      request_human_approval: all.request_human_approval,
      open_incident: async (request: Parameters<typeof all.open_incident>[0]) => {
        const { policy, version } = await this.#policies.keep();
        return { ...(await all.open_incident(request)), policy, policyVersion: version };
      },
    };
  }

  #record(): ModelRecord {
    const versions = ['v1', 'v2', 'v3', 'v4'].map((version) => ({
      version,
      status: version === this.activeVersion ? ('live' as const) : ('retired' as const),
      trained_at: at,
      training: { from: at, to: at, rows: 20_000, positives: 400 },
      baseline: { f1: 0.911, precision: 0.9, recall: 0.9, flagged_share: 0.02 },
      importances: { V1: 1 },
      threshold: 0.5,
    }));
    return {
      model: 'classifier',
      active_version: this.activeVersion,
      features: ['V1'],
      versions,
      deployments: this.#deployments,
    };
  }

  #platform(system: SystemReference): Capabilities {
    const keep = (tool: string, params: Record<string, unknown>) =>
      void this.requests.push({ tool, params: { system, ...params } });
    const now = () => new Date().toISOString();
    const job = { id: 'job-1', model: 'classifier', status: 'running' } as TrainingJob;
    return {
      registry: {
        models: async () => new Map([['classifier', this.#record()]]),
        makeLive: async ({ model, version, expectedLive, kind, reason }) => {
          keep(`${kind}_model`, { model, version, expectedActive: expectedLive, reason });
          if (expectedLive !== this.activeVersion) throw new PlatformError('another version is live', 409);
          const from = this.activeVersion;
          this.become({ ...this.#shape(), active: version, previous: from });
          return { at: now(), kind, from, to: version, by: 'agentops', incident: null, reason };
        },
      },
      trainer: {
        start: async ({ model, since, reason }) => {
          keep('trigger_retraining', { model, since, reason });
          return job;
        },
        job: async () => job,
        stop: async () => job,
      },
      pipelines: {
        list: async () => [
          {
            name: 'transactions',
            feeds: ['classifier'],
            schema_version: '1',
            last_run_at: at,
            last_status: 'failed',
          },
        ],
        runs: async () => [],
        rerun: async ({ pipeline, job: runner, window, reason }) => {
          keep('rerun_pipeline', { pipeline, job: runner, window, reason });
          const run = { run_id: 'run-1', pipeline, message: '', records: 10, at: now(), ...window };
          return { ...run, status: 'succeeded' };
        },
        run: async () => {
          throw new PlatformError('no such run', 404);
        },
      },
      serving: {
        health: async (model) => ({
          status: 'ok',
          model,
          active_version: this.activeVersion,
          uptime_seconds: 1,
        }),
        infrastructure: async () => ({
          replicas: this.replicas,
          cpu: 0.97,
          memory: 0.5,
          queue: 120,
          batch_size: 32,
          model_size_mb: 14,
        }),
        drift: async () => null,
        scale: async ({ model, replicas, expectedReplicas, reason }) => {
          keep('scale_infrastructure', { model, replicas, expectedReplicas, reason });
          if (expectedReplicas !== this.replicas) throw new PlatformError('another number is up', 409);
          return { from: expectedReplicas, to: replicas, at: now() };
        },
      },
    };
  }

  #shape(): PlatformShape {
    return {
      active: this.activeVersion,
      previous: this.previousVersion!,
      replicas: this.replicas,
      address: this.#address,
      job: 'load',
    };
  }
}
