import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { z } from 'zod';
import { actionOf, decide, type Rejection, rejectionOf } from '../../src/domain/actions/approvals.ts';
import { entryOf } from '../../src/domain/actions/catalogue.ts';
import { editedParams } from '../../src/domain/actions/propose.ts';
import { Alert } from '../../src/domain/alert.ts';
import { Decision, Operation, type Receipt } from '../../src/domain/decision.ts';
import { now } from '../clock.ts';
import { change } from './checks.ts';
import {
  alertSignal,
  decideSignal,
  decideUpdate,
  incidentQuery,
  operateSignal,
  operateUpdate,
} from './messages.ts';
import type { IncidentRun } from './run.ts';
import { isWorse } from './symptoms.ts';

const DECIDE = `A decision on an open approval. One JSON object, e.g. {"approvalId":"3f9k2m7q","decision":"approve","by":"Ana"} or {"approvalId":"3f9k2m7q","decision":"deny","by":"Ana","reason":"traffic is back to normal"} or {"approvalId":"3f9k2m7q","decision":"edit","by":"Ana","params":{"replicas":6}}, which makes a new card`;
const OPERATE = `A command to the incident, e.g. {"command":"acknowledge","by":"Ana"}, {"command":"continue","stepId":"<as shown>","by":"Ana"}, {"command":"skip","stepId":"<as shown>","by":"Ana"}, {"command":"close","by":"Ana","reason":"…"}, {"command":"note","by":"Ana","reason":"…"}`;

/** A reset applies old messages again; none of them is meant for this run. */
const JUST_RESET: Receipt = {
  outcome: 'recorded',
  message: 'this run was just reset: look at what it asks now, and send it again',
};

/** Receives every message to an incident, from before its run is open until its cooldown ends. */
export class MessageHandlers {
  /** Alerts that arrived before the run had its incident id. */
  readonly early: Alert[] = [];
  #run: IncidentRun | null = null;

  constructor() {
    setHandler(alertSignal, (alerts) => this.#receiveAlerts(alerts), {
      description: 'Alerts of this component, an array of at most 200',
    });
    setHandler(incidentQuery, () => this.#opened().view, { description: 'The whole incident as it stands' });
  }

  /** From here on messages reach the run; those that came before are kept by the SDK, or by `early`. */
  attach(run: IncidentRun): void {
    this.#run = run;
    this.#alerts(this.early.splice(0));
    setHandler(decideSignal, (decision) => this.#receive(Decision, decision, (d) => this.#decide(d)), {
      description: DECIDE,
    });
    setHandler(decideUpdate, (decision) => this.#decide(decision), {
      description: DECIDE,
      validator: (decision) => refuse(this.#read(Decision, decision) ?? this.#rejectionOfDecision(decision)),
    });
    setHandler(operateSignal, (operation) => this.#receive(Operation, operation, (o) => this.#operate(o)), {
      description: OPERATE,
    });
    setHandler(operateUpdate, (operation) => this.#operate(operation), {
      description: OPERATE,
      validator: (operation) =>
        refuse(this.#read(Operation, operation) ?? this.#rejectionOfOperation(operation)),
    });
  }

  #opened(): IncidentRun {
    if (!this.#run)
      throw new ApplicationFailure('the incident is being opened; ask again in a moment', 'NotOpenYet');
    return this.#run;
  }

  /** Anybody who may signal can send anything; what is no alert must not stop the ones that are. */
  #receiveAlerts(alerts: unknown): void {
    for (const alert of Array.isArray(alerts) ? alerts : [alerts]) {
      const read = Alert.safeParse(alert);
      if (read.success) this.#alerts([read.data]);
      else this.#run?.note('AgentOps', 'message', `an alert was not understood: ${firstIssue(read.error)}`);
    }
  }

  #alerts(alerts: Alert[]): void {
    for (const alert of alerts) {
      const run = this.#run;
      if (!run) this.early.push(alert);
      else if (run.view.closed_at && isWorse(alert, run.view.severity, run.alerts.all)) run.holdWorse(alert);
      else run.take(alert);
    }
  }

  #decide(decision: Decision): Receipt {
    const run = this.#opened();
    const receipt = run.noticeReset() ? JUST_RESET : this.#apply(run, decision);
    const reason = decision.reason ? ` (${decision.reason})` : '';
    const text = `${decision.decision} ${decision.approvalId}${reason}: ${receipt.message}`;
    run.note('Person', 'decide', text, { by: decision.by });
    return receipt;
  }

  #apply(run: IncidentRun, decision: Decision): Receipt {
    const rejection = this.#rejectionOfDecision(decision);
    if (rejection?.type === 'InvalidMessage') return { outcome: 'recorded', message: rejection.message };
    const { actions } = run.view;
    const receipt = decide(actions, decision, run.context.policy.approvals, now(), run.progress.applied);
    if (receipt.outcome !== 'accepted' || decision.decision !== 'edit') return receipt;
    const record = actionOf(actions, decision.approvalId)!;
    const edited = editedParams(entryOf(record.action), record, decision.params!);
    // Repeated: this very edit has made its card already.
    if ('refused' in edited || record.approval?.approval_id !== decision.approvalId) return receipt;
    record.params = edited.params;
    change(run, record, 'proposed', `edited by ${decision.by}: ${JSON.stringify(decision.params)}`);
    return receipt;
  }

  #rejectionOfDecision(decision: Decision): Rejection | null {
    const { view, context, progress } = this.#opened();
    const { approvals } = context.policy;
    const rejection = rejectionOf(view.actions, decision, approvals, now(), progress.applied);
    if (rejection || decision.decision !== 'edit') return rejection;
    const record = actionOf(view.actions, decision.approvalId);
    if (record?.state !== 'awaiting') return null;
    const edited = editedParams(entryOf(record.action), record, decision.params!);
    return 'refused' in edited ? { type: 'InvalidMessage', message: edited.refused } : null;
  }

  #rejectionOfOperation(operation: Operation): Rejection | null {
    const run = this.#opened();
    if (operation.command === 'close' && run.view.closed_at) {
      return { type: 'StaleStep', message: `the incident has ended already: ${run.view.status}` };
    }
    return run.commands.rejectionOf(operation);
  }

  #operate(operation: Operation): Receipt {
    const run = this.#opened();
    const receipt = run.noticeReset() ? JUST_RESET : this.#obey(run, operation);
    const text = `${operation.command}${operation.reason ? ` (${operation.reason})` : ''}`;
    run.note('Person', 'operate', `${text}: ${receipt.message}`, { by: operation.by });
    return receipt;
  }

  #obey(run: IncidentRun, operation: Operation): Receipt {
    const rejection = this.#rejectionOfOperation(operation);
    if (rejection) return { outcome: 'recorded', message: rejection.message };
    if (operation.command === 'acknowledge') run.acknowledge(operation.by);
    return run.commands.operate(operation);
  }

  /** A signal has no answer, so one that cannot be read is noted where people look. */
  #receive<T>(schema: z.ZodType<T>, message: unknown, apply: (message: T) => void): void {
    const problem = this.#read(schema, message);
    if (problem) this.#run?.note('Person', 'message', `not understood: ${problem.message}`);
    else if (this.#run) apply(message as T);
  }

  #read(schema: z.ZodType, message: unknown): Rejection | null {
    const read = schema.safeParse(message);
    if (read.success) return null;
    return { type: 'InvalidMessage', message: firstIssue(read.error) };
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]!;
  return `${issue.path.join('.') || 'the message'}: ${issue.message}`;
}

function refuse(rejection: Rejection | null): void {
  if (rejection)
    throw ApplicationFailure.create({
      type: rejection.type,
      message: rejection.message,
      nonRetryable: true,
    });
}
