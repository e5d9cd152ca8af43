import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { IncidentDetail } from '../api/routes/incident.ts';
import { type Config, readConfig } from '../config/config.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Approval, IncidentView } from '../domain/incident.ts';
import { resolutionOf } from '../domain/resolution.ts';
import { type ApiClient, CliError, createApiClient } from './api-client.ts';
import { approvalText } from './incident-text.ts';
import { columns, paint } from './output.ts';
import { lockHolder } from './up/lock.ts';
import { up } from './up/up.ts';

export interface DemoOptions {
  /** Approve everything that is asked. */
  yes: boolean;
  /** The last line of stdout is the resolution report; the timeline goes to stderr. */
  json: boolean;
  /** How long a deployment is watched: `5m`. */
  watch: string;
}

/** Rows a second from the fault on: enough for 200 labelled frauds of the new version within the watch or soon after. */
const FAULT = { live_rows_per_second: 150, label_delay: 5 };
const LOOK_EVERY = 250;
const NEVER_AFTER = 45 * 60_000;

/**
 * The main job on real parts, in a data directory of its own: an upstream change drifts the sandbox's model, and the incident
 * goes from alert to resolution. @throws CliError when it does not end resolved
 */
export async function demo(given: Config, options: DemoOptions): Promise<void> {
  const dataDir = join(given.dataDir, 'demo');
  if (lockHolder(dataDir) !== null)
    throw new CliError(`a demo is already running in ${dataDir}; let it end, or stop it`);
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true });
  const out = options.json ? process.stderr : process.stdout;
  const started = Date.now();
  const say = (text: string) => {
    const clock = paint('dim', formatClock(Date.now() - started));
    for (const line of text.split('\n')) out.write(`${clock}  ${line}\n`);
  };

  say('starting Temporal, the sandbox (14 days of history, two trained models), the worker and the API');
  const config = readConfig({ ...given.childEnv, AGENTOPS_DIR: dataDir });
  const running = await up(config, { log: say, extraEnv: { AGENTOPS_WATCH: options.watch } });
  const stop = new AbortController();
  void running.stopped.then(() => stop.abort());
  try {
    const api = createApiClient(running.config);
    say(`up: API ${running.urls.api}, Temporal Web ${running.urls.temporalWeb}`);
    const injectedAt = Date.now();
    const fault = await api.post<{ rows: number; started_at: string }>(
      '/api/simulate/upstream_change',
      FAULT,
    );
    say(
      `upstream, a vendor has changed two features: ${fault.rows} rows since ${fault.started_at} are in the warehouse`,
    );
    const story = new Story(
      api,
      say,
      options.yes,
      `AGENTOPS_DIR=${relative('.', dataDir)} npx agentops`,
      running.config,
    );
    const { incident, events, trace } = await story.follow(stop.signal);
    const report = resolutionOf({ ...incident, detect_ms: detectedAfter(incident, injectedAt) }, events);
    say(paint('bold', bottomLine(incident, report.detect_ms)));
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else {
      out.write(
        `\n${columns(trace.table.map((row) => [row.after, row.actor, row.what, row.result.slice(0, 140)]))}\n`,
      );
      out.write(`\nThe same as Mermaid:\n${report.trace_mermaid}\n`);
    }
    if (incident.status !== 'resolved')
      throw new CliError(`the incident ended ${incident.status}: ${incident.waiting_for}`);
  } finally {
    await running.stop();
  }
}

/** Follows the incident through the REST API alone, as any other client would. */
class Story {
  readonly #api: ApiClient;
  readonly #say: (text: string) => void;
  readonly #yes: boolean;
  readonly #cli: string;
  readonly #config: Config;
  #told = 0;
  readonly #asked = new Set<string>();

  constructor(api: ApiClient, say: (text: string) => void, yes: boolean, cli: string, config: Config) {
    this.#api = api;
    this.#say = say;
    this.#yes = yes;
    this.#cli = cli;
    this.#config = config;
  }

  /** Until the cooldown: the status is final by then, and the report is written. */
  async follow(signal: AbortSignal): Promise<IncidentDetail> {
    const limit = Date.now() + NEVER_AFTER;
    while (Date.now() < limit) {
      await delay(LOOK_EVERY, undefined, { signal }).catch(() => {
        throw new CliError('stopped before the incident was over');
      });
      const [newest] = await this.#api.get<IncidentView[]>('/api/incidents?limit=1');
      if (!newest) continue;
      const detail = await this.#api.get<IncidentDetail>(`/api/incidents/${newest.incident_id}`);
      for (const event of detail.events.slice(this.#told)) {
        const who = event.by ? `${event.actor} (${event.by})` : event.actor;
        this.#say(`${paint('cyan', who.padEnd(12))} ${event.what}: ${event.result}`);
      }
      this.#told = detail.events.length;
      if (detail.incident.phase === 'cooldown' || detail.incident.phase === 'closed') return detail;
      for (const approval of detail.incident.approvals) await this.#meet(detail, approval);
    }
    throw new CliError(`the incident was not over after ${formatDuration(NEVER_AFTER)}`);
  }

  async #meet({ incident, links }: IncidentDetail, approval: Approval): Promise<void> {
    if (approval.status !== 'open' || this.#asked.has(approval.approval_id)) return;
    this.#asked.add(approval.approval_id);
    this.#say(approvalText(approval, new Date()));
    const path = `/api/incidents/${incident.incident_id}/approvals/${approval.approval_id}`;
    if (this.#yes) {
      const receipt = await this.#api.post<{ message: string }>(path, { decision: 'approve' });
      this.#say(`--yes: ${receipt.message}`);
      return;
    }
    const token = join(relative('.', this.#config.dataDir), 'admin-token');
    this.#say(
      [
        'Waiting for your decision, in another terminal:',
        `  ${this.#cli} approve ${approval.approval_id}`,
        `  ${this.#cli} deny ${approval.approval_id} --reason "why"`,
        `  curl -X POST ${this.#config.api.publicUrl}${path} -H "Authorization: Bearer $(cat ${token})" -H 'Content-Type: application/json' -d '{"decision":"approve"}'`,
        `  Temporal Web: ${links.temporal} (More Actions, Send a Signal, "decide": ${JSON.stringify({ approvalId: approval.approval_id, decision: 'approve', by: 'your name' })})`,
      ].join('\n'),
    );
  }
}

/** From the moment the fault's rows began to be written to the first alert: an upper bound of the time to detect. */
function detectedAfter(incident: IncidentView, injectedAt: number): number {
  const first = Math.min(...incident.symptoms.map((symptom) => Date.parse(symptom.first_at)));
  return Math.max(0, first - injectedAt);
}

function bottomLine(incident: IncidentView, detectMs: number | null): string {
  const f1 = (value: number | null) => (value === null ? 'not measured' : value.toFixed(3));
  const took = (ms: number | null) => (ms === null ? 'not measured' : formatDuration(ms));
  const whole =
    Date.parse(incident.closed_at ?? incident.updated_at) - Date.parse(incident.opened_at) + (detectMs ?? 0);
  return [
    `${incident.incident_id} ${incident.status}: F1 ${f1(incident.f1_before)} → ${f1(incident.f1_after)}`,
    `detect ${took(detectMs)} (target 60 s), diagnose ${took(incident.diagnose_ms)} (target 20 s), act ${took(incident.act_ms)} (target 10 s), whole ${took(whole)} (target 8 min)`,
  ].join('; ');
}

function formatClock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
