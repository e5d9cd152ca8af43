import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, Connection } from '@temporalio/client';
import pino from 'pino';
import { adminTokenFile } from '../../src/api/admin-token.ts';
import type { IncidentDetail } from '../../src/api/routes/incident.ts';
import { type ApiClient, createApiClient } from '../../src/cli/api-client.ts';
import { type Running, up } from '../../src/cli/up/up.ts';
import { type Config, readConfig, type SnowflakeConfig } from '../../src/config/config.ts';
import { actionsTaken } from '../../src/domain/actions/outcome.ts';
import type { ActionRecord } from '../../src/domain/actions/record.ts';
import type { IncidentView } from '../../src/domain/incident.ts';
import type { OutgoingMessage } from '../../src/domain/messages.ts';
import { openTarget } from '../../src/sandbox/mirror/target.ts';
import { seedWarehouse } from '../../src/sandbox/seed/load.ts';
import { connect } from '../../temporal/connection.ts';
import { pollScheduleId } from '../../temporal/schedules.ts';
import { type ModelView, modelView } from '../support/model-view.ts';
import { seededDataDir } from '../support/seeded-world.ts';
import { until } from '../support/until.ts';

/** As in production but for the waiting: short polls and watches, and fewer labels to verify with. */
const COMPONENTS = `
  classifier: { model: classifier, pipelines: [transactions] }`;
const policyOf = (components: string) => `
components:${components}
poll: { every: 5s }
watch: 5s
verify: { every: 3s, min_positives: 100 }
`;
/** Rows a second and seconds to a label, so that a new version can be judged soon. */
export const QUICK = { live_rows_per_second: 300, label_delay: 2 };

/** What is looked at uses the same two cores as what is tested. */
const LOOK_EVERY_MS = 150;

/** An action that people are asked for, with its approval's fields. */
export type Asked = ActionRecord & NonNullable<ActionRecord['approval']>;

export type ProcessName = 'temporal' | 'sandbox' | 'worker' | 'api';
/** An incident as REST shows it. */
export type Seen = IncidentDetail['incident'];

/** Everything that `agentops up` starts, for real, in a directory of its own; driven over REST, looked at from outside. */
export class Stage {
  readonly running: Running;
  readonly api: ApiClient;
  /** The sandbox's classifier, asked directly: what really happened there. */
  readonly platform: ModelView;
  readonly temporal: Client;
  /** What `up` said. */
  readonly lines: string[];
  readonly #connection: Connection;

  constructor(running: Running, lines: string[], temporal: { client: Client; connection: Connection }) {
    this.running = running;
    this.lines = lines;
    this.api = createApiClient(running.config);
    this.platform = modelView(running.config.platform.url);
    this.temporal = temporal.client;
    this.#connection = temporal.connection;
  }

  /** A request whose refusal is an answer too. */
  async call(method: string, path: string, body?: unknown) {
    const { config, urls } = this.running;
    const token = readFileSync(adminTokenFile(config.dataDir), 'utf8').trim();
    const response = await fetch(new URL(path, urls.api), {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** The newest incident of a component, once it is as wanted. While the API is down it is asked again. */
  async incident(
    wanted: (incident: Seen) => unknown,
    withinMs = 60_000,
    component = 'classifier',
  ): Promise<Seen> {
    let last: Seen | undefined;
    try {
      await until(
        async () => {
          const path = `/api/incidents?component=${component}&limit=1`;
          const [newest] = await this.api.get<IncidentView[]>(path).catch(() => []);
          last = newest ?? last;
          return newest !== undefined && Boolean(wanted(newest));
        },
        withinMs,
        LOOK_EVERY_MS,
      );
    } catch (error) {
      const state = last && [last.status, last.phase, last.waiting_for, last.error, ...actionsTaken(last)];
      const said = [JSON.stringify(state, null, 1), ...this.lines, this.#workerLog()].join('\n');
      throw new Error(`${(error as Error).message}\n${said}`);
    }
    return last!;
  }

  /** The open approval of an action, once it is asked; another than `other`. */
  async asked(
    action: string,
    withinMs?: number,
    other?: string,
    component?: string,
  ): Promise<{ incident: Seen; approval: Asked }> {
    const open = ({ actions }: Seen) =>
      actions.find((a) => a.action === action && a.state === 'awaiting' && a.approval?.approval_id !== other);
    const incident = await this.incident(open, withinMs, component);
    const record = open(incident)!;
    return { incident, approval: { ...record, ...record.approval! } };
  }

  /** Answers an approval over REST. */
  decide(incident: Seen, approval: Asked, decision: 'approve' | 'deny', reason?: string) {
    const path = `/api/incidents/${incident.incident_id}/approvals/${approval.approval_id}`;
    return this.call('POST', path, { decision, reason });
  }

  /**
   * Makes the vendor change two features. No poll is under way meanwhile: one that measured drift after the change and F1 before
   * it would bring the symptoms one after the other, and the second withdraws the first approval.
   */
  async drift(
    training: 'works' | 'fails' | 'does_not_help' = 'works',
    rows: typeof QUICK = QUICK,
  ): Promise<void> {
    await this.api.post('/api/simulate/training', { outcome: training });
    await this.strike(['upstream_change', rows]);
  }

  /** Faults that all begin before the next poll. */
  async strike(...faults: [name: string, body: object][]): Promise<void> {
    const { environment } = this.running.config;
    const polls = this.temporal.schedule.getHandle(pollScheduleId(environment, 'default'));
    await polls.pause();
    await until(async () => (await polls.describe()).info.runningActions.length === 0, 60_000);
    for (const [name, body] of faults) await this.api.post(`/api/simulate/${name}`, body);
    await polls.unpause();
  }

  async outbox(operation: string): Promise<OutgoingMessage[]> {
    const all = await this.api.get<OutgoingMessage[]>('/api/outbox?limit=500');
    return all.filter((message) => message.operation === operation);
  }

  pid(name: ProcessName): number {
    return this.running.processes()[name]!;
  }

  /** SIGKILL; resolves with the milliseconds until the supervisor has it back and ready. */
  async kill(name: ProcessName): Promise<number> {
    const backs = () => this.lines.filter((line) => line.startsWith(`${name} is back after`)).length;
    const before = backs();
    const begun = Date.now();
    process.kill(this.pid(name), 'SIGKILL');
    await until(() => backs() > before, 60_000);
    return Date.now() - begun;
  }

  /** What the worker last complained of. */
  #workerLog(): string {
    const log = readFileSync(join(this.running.config.dataDir, 'logs', 'worker.log'), 'utf8');
    const complaints = log.split('\n').filter((line) => /"level":[45]0/.test(line));
    return complaints.slice(-3).join('\n');
  }

  async close(): Promise<void> {
    await this.#connection.close();
    await this.running.stop();
    await rm(this.running.config.dataDir, { recursive: true });
  }
}

/** A world that is seeded before it starts, as `agentops seed` does: there, with so much traffic. */
export interface Seeding {
  snowflake: SnowflakeConfig;
  trafficPerSecond: number;
}

async function seed(
  { dataDir, environment, sandbox }: Config,
  { snowflake, trafficPerSecond }: Seeding,
): Promise<void> {
  const target = openTarget(snowflake, environment);
  const log = pino({ level: 'silent' });
  const how = { seed: null, usualSeed: sandbox.seed, reset: false, trafficPerSecond };
  try {
    await seedWarehouse({ dataDir, snowflake: target, log, ...how });
  } finally {
    await target.close();
  }
}

/** Starts it; about ten seconds, and half a minute more in a Snowflake. Close it in `afterAll`. */
export async function startStage(seeding?: Seeding, components = COMPONENTS): Promise<Stage> {
  const dir = await seededDataDir({
    seed: readConfig({}).sandbox.seed,
    trafficPerSecond: seeding?.trafficPerSecond ?? 25,
  });
  const policyFile = join(dir, 'policy.yaml');
  await writeFile(policyFile, policyOf(components));
  const config = readConfig({
    ...process.env,
    AGENTOPS_DIR: dir,
    AGENTOPS_POLICY: policyFile,
    AGENTOPS_PORT: '0',
    AGENTOPS_SANDBOX_PORT: '0',
    AGENTOPS_TEMPORAL_PORT: '0',
    AGENTOPS_TEMPORAL_UI_PORT: '0',
    // Whatever models this machine has: the story is the same by rules and words everywhere.
    AGENTOPS_OLLAMA_URL: 'off',
    AGENTOPS_EMBEDDER_DIR: 'off',
    TEMPORAL_CLI: process.env.AGENTOPS_TEST_TEMPORAL,
    ...(seeding && {
      SNOWFLAKE_ACCOUNT: seeding.snowflake.account,
      SNOWFLAKE_USER: seeding.snowflake.user,
      SNOWFLAKE_PASSWORD: seeding.snowflake.password!,
      SNOWFLAKE_URL: seeding.snowflake.url!,
    }),
  });
  if (seeding) await seed(config, seeding);
  const lines: string[] = [];
  const running = await up(config, { log: (line) => lines.push(line) });
  return new Stage(running, lines, await connect(running.config));
}
