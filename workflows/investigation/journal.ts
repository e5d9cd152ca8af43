import { CancellationScope, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { changedFields, copyOf } from '../../src/domain/changed-fields.ts';
import type { TraceEvent } from '../../src/domain/incident.ts';
import type { InvestigationStatus, InvestigationView } from '../../src/domain/investigation.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';

/**
 * Keeps what happens to a question and writes it to the store as it happens, one record at a time: what is noted while one
 * is under way goes with the next.
 */
export class Journal {
  readonly view: InvestigationView;
  /** Where people see the answer; empty until it is known. */
  link = '';
  #events: TraceEvent[] = [];
  /** The view as the store has it. */
  #sent: InvestigationView;
  #writing: Promise<void> | null = null;

  constructor(view: InvestigationView) {
    this.view = view;
    this.#sent = copyOf(view);
  }

  note(actor: TraceEvent['actor'], what: string, result: string, extra: Partial<TraceEvent> = {}): void {
    this.#events.push({ at: now().toISOString(), actor, what, result, ...extra });
    // It is retried until it succeeds; `write` is who hears of an error that this is not.
    this.write().catch(() => {});
  }

  /** Tells what happens now, Temporal Web too. */
  now(what: string): void {
    const { view, link } = this;
    view.waiting_for = what;
    const lines = [`${view.status}: ${what}`, view.diagnosis?.root_cause, link];
    setCurrentDetails(lines.filter(Boolean).join('\n\n'));
  }

  /** Closes the view with its last record. A question that was cancelled says so as well. */
  async end(status: InvestigationStatus, how: string): Promise<void> {
    const { view } = this;
    view.status = status;
    view.finished_at = now().toISOString();
    if (status !== 'answered') view.error = how;
    this.now(how);
    this.note('AgentOps', status, how);
    await this.write();
  }

  /** Resolves once the store has everything that was noted or changed before the call. */
  async write(): Promise<void> {
    while (this.#writing) await this.#writing;
    this.#writing = this.#record().finally(() => {
      this.#writing = null;
    });
    await this.#writing;
  }

  async #record(): Promise<void> {
    // Tools that answer at the same moment share a record.
    await Promise.resolve();
    const events = this.#events.splice(0);
    const changed = changedFields(this.#sent, this.view);
    if (events.length === 0 && Object.keys(changed).length === 0) return;
    const { view } = this;
    view.version += 1;
    view.updated_at = now().toISOString();
    view.run_id = workflowInfo().runId;
    const { investigation_id, run_id, version, updated_at } = view;
    const patch = { ...changed, investigation_id, run_id, version, updated_at };
    // With its new version: that alone is nothing to write again.
    this.#sent = copyOf(view);
    await CancellationScope.nonCancellable(() => activities.record_investigation(patch, events));
  }
}
