import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import { endRequest } from '../../src/domain/actions/approvals.ts';
import { type Alert, compareSeverity } from '../../src/domain/alert.ts';
import type { ActionTaken, IncidentView, TraceEvent } from '../../src/domain/incident.ts';
import { leadingAlert } from '../../src/domain/strategy.ts';
import { now } from '../clock.ts';
import type { IncidentContext } from '../contracts/record.ts';
import { IncidentEnd } from './flow.ts';
import { Journal } from './journal.ts';
import type { CarriedIncident, IncidentInput, Progress } from './messages.ts';
import { openingView } from './opening-view.ts';
import { OperatorCommands } from './pending-commands.ts';
import { Recorder } from './recorder.ts';
import { RunIdentity } from './run-identity.ts';
import { Alerts, addAlert } from './symptoms.ts';

/**
 * One run of an incident: its state, and the verbs that every step needs (`note`, `log`, `record`, `wait`). Rules stand
 * elsewhere: of symptoms in Alerts, of approvals in the domain, of commands in OperatorCommands, of actions in `perform`.
 */
export class IncidentRun {
  readonly context: IncidentContext;
  readonly view: IncidentView;
  readonly progress: Progress;
  readonly alerts: Alerts;
  readonly journal: Journal;
  readonly commands: OperatorCommands;
  readonly #input: IncidentInput;
  readonly #identity: RunIdentity;
  readonly #recorder: Recorder;

  constructor(input: IncidentInput, context: IncidentContext, alerts: Alert[]) {
    const { carried } = input;
    this.#input = input;
    this.context = context;
    this.#recorder = new Recorder(context, carried?.events);
    const identity = carried
      ? { epoch: carried.epoch, runId: null }
      : { epoch: context.runId, runId: context.runId };
    this.#identity = new RunIdentity(identity, () => this.#voidRequests());
    this.progress = carried?.progress ?? {
      results: {},
      attempts: {},
      round: 1,
      consideredTypes: [],
      applied: [],
      acknowledgedUntil: null,
      commands: { expected: null, command: null, closing: null },
      resolvedArrived: false,
      worse: [],
      alerts: [],
    };
    this.view = carried?.view ?? openingView(input, context, alerts[0]!);
    this.alerts = new Alerts(this.progress, () => this.progress.consideredTypes);
    this.journal = new Journal(this.progress);
    this.commands = new OperatorCommands(this.progress.commands, this.progress.applied);
    for (const alert of alerts) this.take(alert);
  }

  /** Counts an alert in: a repeat, a new symptom, or the end of one. */
  take(alert: Alert): void {
    const arrival = addAlert(this.view.symptoms, alert);
    this.view.alert_count += alert.count ?? 1;
    this.#recorder.changed = true;
    if (arrival === 'uncounted') return;
    this.alerts.keep(alert);
    if (arrival === 'resolved') this.progress.resolvedArrived = true;
    if (arrival !== 'repeat')
      this.note('Monitor', 'alert', `${alert.alert_id} ${alert.status}: ${alert.summary}`);
  }

  /** Keeps an alert of the cooldown for the incident that will follow. */
  holdWorse(alert: Alert): void {
    this.progress.worse.push(alert);
    this.#recorder.changed = true;
  }

  /** Binds approvals and steps to this run: a reset renews it. */
  get epoch(): string {
    return this.#identity.epoch;
  }

  /** Whether anything happened that the store does not have yet. */
  get changed(): boolean {
    return this.#recorder.changed;
  }

  /** Link to the incident for people. */
  get url(): string {
    return `${this.context.publicUrl}/api/incidents/${this.context.incidentId}`;
  }

  /** "I'm on it": nobody is paged for a while. Never consent, and approvals still expire. */
  acknowledge(by: string): void {
    this.view.acknowledged_by = by;
    const until = now().getTime() + this.context.policy.acknowledge_for;
    this.progress.acknowledgedUntil = new Date(until).toISOString();
  }

  note(
    actor: TraceEvent['actor'],
    what: string,
    result: string,
    extra: { by?: string; ms?: number } = {},
  ): void {
    this.#recorder.note({ at: now().toISOString(), actor, what, result, ...extra });
  }

  /** Adds a line about a message or bookkeeping; actions and their checks have records of their own. */
  log(action: ActionTaken['action'], status: ActionTaken['status'], details: string): void {
    this.view.log.push({ action, status, details, at: now().toISOString() });
    this.note('Remediator', action, `${status}: ${details}`);
  }

  /** Writes the view and the events since the last record to the store, Temporal Web and the search attributes. */
  async record(): Promise<void> {
    const { view } = this;
    // Once diagnosed it keeps the type it was diagnosed for, whichever alert is over first.
    if (!view.diagnosis) view.alert_type = leadingAlert(this.alerts.leading).alert_type;
    for (const { severity } of view.symptoms) {
      if (compareSeverity(severity, view.severity) > 0) view.severity = severity;
    }
    this.#identity.learn(await this.#recorder.record(view));
  }

  /** Ends the story here when a person has closed the incident; an accepted `close` lets nothing more begin. */
  obeyClosing(): void {
    if (this.view.closed_at) return;
    const closing = this.commands.takeClosing();
    if (closing) throw new IncidentEnd('closed_by_person', closing);
  }

  /** Runs something long, and leaves it when a person closes the incident meanwhile. */
  async unlessClosed<T>(work: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope();
    const running = scope.run(work);
    const settled = running.then(
      () => {},
      () => {},
    );
    await Promise.race([settled, condition(() => this.commands.closing !== null)]);
    if (this.commands.closing !== null) {
      scope.cancel();
      await settled;
      this.obeyClosing();
    }
    return running;
  }

  /**
   * Waits until `done` holds or `deadline` passes (then false), recording news meanwhile. Continues as new when the server
   * suggests it. A reset is noticed here; `afterReset` is called once the run has its new epoch.
   */
  async wait(
    done: () => boolean,
    deadline: Date | null,
    summary: string,
    afterReset: () => Promise<void> = async () => {},
  ): Promise<boolean> {
    for (;;) {
      const left = deadline === null ? null : deadline.getTime() - now().getTime();
      const woken = () =>
        done() ||
        this.#recorder.changed ||
        (this.commands.closing !== null && !this.view.closed_at) ||
        this.noticeReset() ||
        workflowInfo().continueAsNewSuggested;
      if (left === null) await condition(woken);
      else if (left > 0) await condition(woken, left, { summary });
      const renewed = this.noticeReset();
      if (this.#recorder.changed) await this.record();
      if (renewed) await afterReset();
      this.obeyClosing();
      if (done()) return true;
      if (deadline !== null && now() >= deadline) return false;
      if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        this.note('AgentOps', 'continue_as_new', 'the history grew long: the incident goes on in a new run');
        await this.record();
        // A person's command comes first. All else that arrived is carried: in a storm it never stops arriving.
        if (!done() && (this.commands.closing === null || this.view.closed_at)) await this.#continueAsNew();
      }
    }
  }

  /** Whether a reset made this run and its new epoch is yet to be learned, which `record` does. */
  noticeReset(): boolean {
    return this.#identity.noticeReset();
  }

  #voidRequests(): void {
    const at = now().toISOString();
    for (const action of this.view.actions) {
      endRequest(action, 'withdrawn', 'the run was reset: asked again under a new id', at);
    }
    this.commands.forget();
    this.note('AgentOps', 'reset', 'this run was reset: every open request is made again under a new id');
  }

  async #continueAsNew(): Promise<never> {
    const carried: CarriedIncident = {
      epoch: this.epoch,
      context: this.context,
      view: this.view,
      progress: this.progress,
      events: this.#recorder.takeEvents(),
    };
    return continueAsNew<(input: IncidentInput) => Promise<unknown>>({
      component: this.#input.component,
      environment: this.#input.environment,
      carried,
    });
  }
}
