import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { copyOf } from '../../src/domain/changed-fields.ts';
import type { IncidentView, TraceEvent } from '../../src/domain/incident.ts';
import { patchOf } from '../../src/domain/incident-patch.ts';
import { activities } from '../activities.ts';
import * as attributes from '../attribute-keys.ts';
import type { IncidentChange } from '../contracts/record.ts';
import { currentDetails } from './details.ts';

/** Keeps what happens, and writes it at each transition to the store, to Temporal Web and to the search attributes. */
export class Recorder {
  /** Whether anything happened that the store does not have yet. */
  changed = false;
  readonly #options: { publicUrl: string; searchAttributes: boolean };
  readonly #events: TraceEvent[];
  /** The view as it was last sent to the store. */
  #sent: IncidentView | null = null;
  #published = '';

  /** @param events that the run before could not write any more */
  constructor(options: { publicUrl: string; searchAttributes: boolean }, events: TraceEvent[] = []) {
    this.#options = options;
    this.#events = events;
  }

  note(event: TraceEvent): void {
    this.#events.push(event);
    this.changed = true;
  }

  /** What has happened since the last record, for whoever writes it. */
  takeEvents(): TraceEvent[] {
    return this.#events.splice(0);
  }

  /** Writes the view under its next version, with what happened since. Answers the id of the run as the activity saw it. */
  async record(view: IncidentView): Promise<string> {
    this.changed = false;
    view.version += 1;
    view.updated_at = new Date().toISOString();
    view.run_id = workflowInfo().runId;
    setCurrentDetails(currentDetails(view, this.#options.publicUrl));
    if (this.#options.searchAttributes) this.#publish(view);
    const events = this.takeEvents();
    let recorded = await activities.record_incident(this.#change(view), events);
    if (!recorded.complete) {
      this.#sent = null;
      recorded = await activities.record_incident(this.#change(view), events);
    }
    return recorded.runId;
  }

  /** What the store does not have yet. */
  #change(view: IncidentView): IncidentChange {
    const before = this.#sent;
    this.#sent = copyOf(view);
    return before ? { patch: patchOf(before, view) } : { view };
  }

  #publish(view: IncidentView): void {
    const pairs = [
      { key: attributes.AgentOpsIncidentId, value: view.incident_id },
      { key: attributes.AgentOpsComponent, value: view.component },
      { key: attributes.AgentOpsSeverity, value: view.severity },
      { key: attributes.AgentOpsAlertType, value: view.alert_type },
      { key: attributes.AgentOpsPhase, value: view.phase },
      { key: attributes.AgentOpsStatus, value: view.status },
      { key: attributes.AgentOpsApproval, value: approvalState(view) },
    ];
    const text = JSON.stringify(pairs.map((pair) => pair.value));
    if (text === this.#published) return;
    this.#published = text;
    upsertSearchAttributes(pairs);
  }
}

/** `pending`, or the state of the last action that people were asked for. */
function approvalState({ actions }: IncidentView): string {
  if (actions.some(({ state }) => state === 'awaiting')) return 'pending';
  return actions.findLast(({ approval }) => approval !== null)?.state ?? 'none';
}
