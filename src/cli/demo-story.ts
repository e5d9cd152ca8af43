import { setTimeout as delay } from 'node:timers/promises';
import { adminTokenFile } from '../api/admin-token.ts';
import type { IncidentDetail } from '../api/routes/incident.ts';
import type { Config } from '../config/config.ts';
import type { ActionRecord } from '../domain/actions/record.ts';
import { formatDuration } from '../domain/duration.ts';
import type { IncidentView } from '../domain/incident.ts';
import { type ApiClient, CliError } from './api-client.ts';
import { approvalText } from './incident-text.ts';
import { typedCommand, typedPath } from './invocation.ts';
import { paint } from './output.ts';

/** What the demo's fault breaks; other components' incidents are none of its business. */
const COMPONENT = 'classifier';
const LOOK_EVERY = 250;
const NEVER_AFTER = 45 * 60_000;

interface StoryOptions {
  api: ApiClient;
  say(text: string): void;
  /** Approve everything that is asked. */
  yes: boolean;
  /** Of what runs, with its real ports. */
  config: Config;
}

/** Follows the incident through the REST API alone, as any other client would. */
export class DemoStory {
  readonly #options: StoryOptions;
  #told = 0;
  readonly #asked = new Set<string>();

  constructor(options: StoryOptions) {
    this.#options = options;
  }

  /** Until the cooldown: the status is final by then, and the report is written. */
  async follow(signal: AbortSignal): Promise<IncidentDetail> {
    const { api, say } = this.#options;
    const limit = Date.now() + NEVER_AFTER;
    while (Date.now() < limit) {
      await delay(LOOK_EVERY, undefined, { signal }).catch(() => {
        throw new CliError('stopped before the incident was over');
      });
      const [newest] = await api.get<IncidentView[]>(`/api/incidents?component=${COMPONENT}&limit=1`);
      if (!newest) continue;
      const detail = await api.get<IncidentDetail>(`/api/incidents/${newest.incident_id}`);
      for (const event of detail.events.slice(this.#told)) {
        const who = event.by ? `${event.actor} (${event.by})` : event.actor;
        say(`${paint('cyan', who.padEnd(12))} ${event.what}: ${event.result}`);
      }
      this.#told = detail.events.length;
      if (detail.incident.phase === 'cooldown' || detail.incident.phase === 'closed') return detail;
      for (const action of detail.incident.actions) await this.#meet(detail, action);
    }
    throw new CliError(`the incident was not over after ${formatDuration(NEVER_AFTER)}`);
  }

  async #meet({ incident, links }: IncidentDetail, action: ActionRecord): Promise<void> {
    const { api, say, yes, config } = this.#options;
    const { approval, state } = action;
    if (!approval || state !== 'awaiting' || this.#asked.has(approval.approval_id)) return;
    this.#asked.add(approval.approval_id);
    const command = typedCommand(config);
    say(approvalText(action, new Date(), command));
    const path = `/api/incidents/${incident.incident_id}/approvals/${approval.approval_id}`;
    if (yes) {
      const receipt = await api.post<{ message: string }>(path, { decision: 'approve' });
      say(`--yes: ${receipt.message}`);
      return;
    }
    const token = typedPath(adminTokenFile(config.dataDir));
    say(
      [
        'Waiting for your decision, in another terminal:',
        `  ${command} approve ${approval.approval_id}`,
        `  ${command} deny ${approval.approval_id} --reason "why"`,
        `  curl -sS ${config.api.publicUrl}${path} -H "Authorization: Bearer $(cat ${token})" -H 'Content-Type: application/json' -d '{"decision":"approve"}'`,
        `  Temporal Web: ${links.temporal} (More Actions, Send a Signal, "decide": ${JSON.stringify({ approvalId: approval.approval_id, decision: 'approve', by: 'your name' })})`,
      ].join('\n'),
    );
  }
}
