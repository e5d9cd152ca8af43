import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { type Alert, compareSeverity } from '../../src/domain/alert.ts';
import type { ActionTaken, IncidentView, TraceEvent } from '../../src/domain/incident.ts';
import { sideEffectKey } from '../../src/domain/keys.ts';
import { leadingAlert } from '../../src/domain/strategy.ts';
import { isAboutMonitoring } from '../../src/domain/triggers/alert.ts';
import { activities } from '../activities.ts';
import { now } from '../clock.ts';
import type { IncidentContext } from '../contracts.ts';
import { rootMessage } from '../failure.ts';
import { ApprovalDesk } from './approval-desk.ts';
import type { CarriedIncident, IncidentInput, Progress } from './messages.ts';
import { openingView } from './opening-view.ts';
import { OperatorDesk } from './operator-desk.ts';
import { Recorder } from './recorder.ts';
import { RunIdentity } from './run-identity.ts';
import { addAlert } from './symptoms.ts';
import { Ended } from './turns.ts';

/**
 * One run of an incident: its view, its progress and the few verbs the story is told with (`step`, `wait`, `record`,
 * `escalate`). It owns no rule of its own: approvals are decided by the ApprovalDesk, commands by the OperatorDesk.
 */
export class IncidentRun {
  readonly context: IncidentContext;
  readonly view: IncidentView;
  readonly progress: Progress;
  readonly desk: ApprovalDesk;
  readonly operator: OperatorDesk;
  #input: IncidentInput;
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
    this.#identity = new RunIdentity(identity, () => this.#voidWhatWasAsked());
    this.progress = carried?.progress ?? {
      results: {},
      attempts: {},
      round: 1,
      riskyActionTaken: false,
      consideredTypes: [],
      applied: [],
      acknowledgedUntil: null,
      said: { expected: null, command: null, closing: null },
      resolvedArrived: false,
      worse: [],
      alerts: [],
    };
    this.view = carried?.view ?? openingView(input, context, alerts[0]!);
    this.desk = new ApprovalDesk(context.policy.approvals, this.view.approvals, this.progress.applied);
    this.operator = new OperatorDesk(this.progress.said, this.progress.applied);
    for (const alert of alerts) this.take(alert);
  }

  /** Counts an alert in: a repeat, a new symptom, or word that one is over. */
  take(alert: Alert): void {
    const arrival = addAlert(this.view.symptoms, alert);
    this.view.alert_count += alert.count ?? 1;
    this.#recorder.changed = true;
    if (arrival === 'uncounted') return;
    const others = this.progress.alerts.filter((a) => a.fingerprint !== alert.fingerprint);
    this.progress.alerts = [...others, alert];
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

  /** "I'm on it": nobody is paged for a while. Never consent, and approvals still expire. */
  acknowledge(by: string): void {
    this.view.acknowledged_by = by;
    this.progress.acknowledgedUntil = new Date(
      now().getTime() + this.context.policy.acknowledge_for,
    ).toISOString();
  }

  /**
   * Alerts of symptoms that still fire, or all when none does. That something cannot be measured is no symptom beside others:
   * it names no cause.
   */
  get alerts(): Alert[] {
    const all = this.isBlind ? this.progress.alerts : this.symptomAlerts;
    const firing = all.filter((alert) => alert.status === 'firing');
    return firing.length > 0 ? firing : all;
  }

  /** The latest alert of each symptom, but for those that say that something cannot be measured. */
  get symptomAlerts(): Alert[] {
    return this.progress.alerts.filter((alert) => !isAboutMonitoring(alert));
  }

  /** All that is known is that something cannot be measured. */
  get isBlind(): boolean {
    return this.symptomAlerts.length === 0;
  }

  /** A firing kind of symptom that the last diagnosis did not know. */
  get hasNewSymptom(): boolean {
    return this.alerts.some(
      (a) => a.status === 'firing' && !this.progress.consideredTypes.includes(a.alert_type),
    );
  }

  note(
    actor: TraceEvent['actor'],
    what: string,
    result: string,
    extra: { by?: string; ms?: number } = {},
  ): void {
    this.#recorder.note({ at: now().toISOString(), actor, what, result, ...extra });
  }

  /** Adds or updates the line of an action in the log. */
  log(
    action: ActionTaken['action'],
    status: ActionTaken['status'],
    details: string,
    approvalUrl?: string,
  ): void {
    const open = this.view.actions.findLast(
      (a) => a.action === action && (a.status === 'awaiting_approval' || a.status === 'running'),
    );
    const line: ActionTaken = {
      action,
      status,
      details,
      at: now().toISOString(),
      ...(approvalUrl && { approval_url: approvalUrl }),
    };
    if (open) Object.assign(open, line);
    else this.view.actions.push(line);
    this.note('Remediator', action, `${status}: ${details}`);
  }

  /** Writes the view and what has happened since to wherever people look. */
  async record(): Promise<void> {
    const { view } = this;
    // Once diagnosed it keeps the type it was diagnosed for, whichever alert is over first.
    if (!view.diagnosis) view.alert_type = leadingAlert(this.alerts).alert_type;
    for (const { severity } of view.symptoms) {
      if (compareSeverity(severity, view.severity) > 0) view.severity = severity;
    }
    this.#identity.learn(await this.#recorder.record(view));
  }

  /** True the first time that this point of the story is reached, also when a continued run tells it again. */
  first(name: string): boolean {
    const { results } = this.progress;
    if (name in results) return false;
    results[name] = true;
    return true;
  }

  /** Ends the story here when a person has closed the incident; an accepted `close` lets nothing more begin. */
  obeyClosing(): void {
    if (this.view.closed_at) return;
    const closing = this.operator.takeClosing();
    if (closing) throw new Ended('closed_by_person', closing);
  }

  /** Runs something long, and leaves it when a person closes the incident meanwhile. */
  async unlessClosed<T>(work: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope();
    const running = scope.run(work);
    const settled = running.then(
      () => {},
      () => {},
    );
    await Promise.race([settled, condition(() => this.operator.closing !== null)]);
    if (this.operator.closing !== null) {
      scope.cancel();
      await settled;
      this.obeyClosing();
    }
    return running;
  }

  /**
   * Waits until `done` holds or `deadline` passes (then false), recording what arrives meanwhile. Continues as new when the
   * server suggests it. A reset is noticed here; `afterReset` is called once the run has its new epoch.
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
        (this.operator.closing !== null && !this.view.closed_at) ||
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
        // What a person said meanwhile comes first. All else that arrived is carried: in a storm it never stops arriving.
        if (!done() && (this.operator.closing === null || this.view.closed_at)) await this.#continueAsNew();
      }
    }
  }

  /** Runs a step of the story once: a finished one is skipped when a continued run tells the story again. */
  async step<T>(name: string, work: (attempt: number) => Promise<T>): Promise<T | null> {
    const { results } = this.progress;
    if (!(name in results)) results[name] = await this.guard(name, work);
    return results[name] as T | null;
  }

  /**
   * Work that escalates to a person when it fails for good: they continue it (a new attempt), skip it (null) or close the
   * incident.
   */
  async guard<T>(name: string, work: (attempt: number) => Promise<T>): Promise<T | null> {
    const { attempts, results } = this.progress;
    for (;;) {
      this.obeyClosing();
      const attempt = attempts[name] ?? 1;
      // Kept, so that a continued run goes on waiting for the person instead of trying again by itself.
      const failed = `${name}.failed.${attempt}`;
      try {
        if (!(failed in results)) return await work(attempt);
      } catch (error) {
        if (!(error instanceof ActivityFailure || error instanceof ApplicationFailure)) throw error;
        if (isCancellation(error)) throw error;
        results[failed] = rootMessage(error);
      }
      const command = await this.escalate(name, `${name} failed: ${results[failed]}`);
      attempts[name] = attempt + 1;
      if (command === 'skip') return null;
    }
  }

  /** When this point of the story was first reached; the same in a continued run. */
  moment(name: string): Date {
    const { results } = this.progress;
    results[name] ??= now().toISOString();
    return new Date(results[name] as string);
  }

  /** The key under which a side effect of a step happens once. */
  key(step: string, attempt: number, action: unknown): string {
    return sideEffectKey(this.context.incidentId, step, attempt, action);
  }

  /** Hands the incident to a person and waits for `continue` or `skip`; nobody within a day ends it as escalated. */
  async escalate(step: string, problem: string): Promise<'continue' | 'skip'> {
    const { view } = this;
    const attempt = this.progress.attempts[step] ?? 1;
    const before = { status: view.status, waiting: view.waiting_for };
    const ask = async () => {
      let epoch: string;
      do {
        epoch = this.epoch;
        view.step_id = `${step}.${attempt}.${epoch.slice(0, 8)}`;
        this.operator.expect(view.step_id);
        await this.record();
        // Recording may be what tells of a reset.
      } while (epoch !== this.epoch);
    };
    view.status = 'escalated';
    view.error = problem;
    view.waiting_for = `a person: ${problem}`;
    this.note('AgentOps', 'escalated', problem);
    await ask();
    const { tiers, expires_after } = this.context.policy.approvals;
    await this.page(view.step_id!, problem, tiers[0]!.name);
    const limit = new Date(this.moment(`${step}.${attempt}.escalated`).getTime() + expires_after);
    await this.wait(() => this.operator.command !== null, limit, `a person decides: ${problem}`, ask);
    const command = this.operator.take();
    if (!command) throw new Ended('escalated', `${problem}; nobody continued, skipped or closed it in time`);
    view.status = before.status === 'escalated' ? 'in_progress' : before.status;
    view.waiting_for = before.waiting;
    view.error = null;
    view.step_id = null;
    return command;
  }

  /** Pages a tier, once for what is asked; a paging channel that is down must not stop the incident. */
  async page(asked: string, why: string, tier: string): Promise<void> {
    if (!this.first(`page.${asked}.${tier}`)) return;
    const { incidentId } = this.context;
    try {
      const sent = await activities.page_on_call({
        incidentId,
        key: this.key(`page.${asked}`, 1, [tier]),
        tier,
        title: `${incidentId} ${this.view.component}: ${why}`.slice(0, 200),
        body: `${this.view.summary}\n\n${this.context.publicUrl}/api/incidents/${incidentId}`,
      });
      this.log('page_on_call', sent.status === 'sent' ? 'completed' : 'recorded', `${tier} paged: ${why}`);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      this.log('page_on_call', 'failed', `${tier} could not be paged: ${rootMessage(error)}`);
    }
    await this.record();
  }

  /** Whether a reset made this run and its new epoch is yet to be learned, which `record` does. */
  noticeReset(): boolean {
    return this.#identity.noticeReset();
  }

  #voidWhatWasAsked(): void {
    for (const approval of this.view.approvals) {
      this.desk.end(approval, 'withdrawn', 'the run was reset: asked again under a new id');
    }
    this.operator.forget();
    this.note('AgentOps', 'reset', 'this run was reset: what was asked is asked again under new ids');
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
