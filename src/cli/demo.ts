import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, readConfig } from '../config/config.ts';
import { formatDuration } from '../domain/duration.ts';
import type { IncidentView } from '../domain/incident.ts';
import { resolutionOf } from '../domain/resolution.ts';
import { CliError, createApiClient } from './api-client.ts';
import { DemoStory } from './demo-story.ts';
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

  // The demo talks to what it starts, whatever the command line is set to.
  const env = { ...given.childEnv, AGENTOPS_URL: '', AGENTOPS_TOKEN: '', AGENTOPS_DIR: dataDir };
  const config = readConfig(env);
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
    const story = new DemoStory({ api, say, yes: options.yes, config: running.config });
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
