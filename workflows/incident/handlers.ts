import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { z } from 'zod';
import { Alert } from '../../src/domain/alert.ts';
import { Decision, Operation, type Receipt } from '../../src/domain/decision.ts';
import { now } from '../clock.ts';
import type { Refused } from './approval-desk.ts';
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

const DECIDE = `A decision on an open approval. One JSON object, e.g. {"approvalId":"3f9k2m7q","decision":"approve","by":"Ana"} or {"approvalId":"3f9k2m7q","decision":"deny","by":"Ana","reason":"traffic is back to normal"}`;
const OPERATE = `A command to the incident, e.g. {"command":"acknowledge","by":"Ana"}, {"command":"continue","stepId":"<as shown>","by":"Ana"}, {"command":"skip","stepId":"<as shown>","by":"Ana"}, {"command":"close","by":"Ana","reason":"…"}, {"command":"note","by":"Ana","reason":"…"}`;

/** A reset applies old messages again; none of them speaks about this run. */
const JUST_RESET: Receipt = {
  outcome: 'recorded',
  message: 'this run was just reset: look at what it asks now, and send it again',
};

/** Receives everything that is said to an incident, from before its run is open until its cooldown ends. */
export class MessageDesk {
  /** Alerts that arrived before the run had its incident id. */
  readonly early: Alert[] = [];
  #run: IncidentRun | null = null;

  constructor() {
    setHandler(alertSignal, (alerts) => this.#hearAlerts(alerts), {
      description: 'Alerts of this component, an array of at most 200',
    });
    setHandler(incidentQuery, () => this.#opened().view, { description: 'The whole incident as it stands' });
  }

  /** From here on messages reach the run; those that came before are kept by the SDK, or by `early`. */
  attach(run: IncidentRun): void {
    this.#run = run;
    this.#alerts(this.early.splice(0));
    setHandler(decideSignal, (decision) => this.#hear(Decision, decision, (d) => this.#decide(d)), {
      description: DECIDE,
    });
    setHandler(decideUpdate, (decision) => this.#decide(decision), {
      description: DECIDE,
      validator: (decision) => refuse(this.#read(Decision, decision) ?? run.desk.refusal(decision, now())),
    });
    setHandler(operateSignal, (operation) => this.#hear(Operation, operation, (o) => this.#operate(o)), {
      description: OPERATE,
    });
    setHandler(operateUpdate, (operation) => this.#operate(operation), {
      description: OPERATE,
      validator: (operation) => refuse(this.#read(Operation, operation) ?? this.#refuseOperation(operation)),
    });
  }

  #opened(): IncidentRun {
    if (!this.#run)
      throw new ApplicationFailure('the incident is being opened; ask again in a moment', 'NotOpenYet');
    return this.#run;
  }

  /** Anybody who may signal can send anything; what is no alert must not stop the ones that are. */
  #hearAlerts(alerts: unknown): void {
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
      else if (run.view.closed_at && isWorse(alert, run.view.severity, run.progress.alerts))
        run.holdWorse(alert);
      else run.take(alert);
    }
  }

  #decide(decision: Decision): Receipt {
    const run = this.#opened();
    const receipt = run.noticeReset() ? JUST_RESET : run.desk.decide(decision, now());
    const said = `${decision.decision} ${decision.approvalId}${decision.reason ? ` (${decision.reason})` : ''}`;
    run.note('Person', 'decide', `${said}: ${receipt.message}`, { by: decision.by });
    return receipt;
  }

  #refuseOperation(operation: Operation): Refused | null {
    const run = this.#opened();
    if (operation.command === 'close' && run.view.closed_at) {
      return { type: 'StaleStep', message: `the incident has ended already: ${run.view.status}` };
    }
    return run.operator.refusal(operation);
  }

  #operate(operation: Operation): Receipt {
    const run = this.#opened();
    const receipt = run.noticeReset() ? JUST_RESET : this.#obey(run, operation);
    const said = `${operation.command}${operation.reason ? ` (${operation.reason})` : ''}`;
    run.note('Person', 'operate', `${said}: ${receipt.message}`, { by: operation.by });
    return receipt;
  }

  #obey(run: IncidentRun, operation: Operation): Receipt {
    const refused = this.#refuseOperation(operation);
    if (refused) return { outcome: 'recorded', message: refused.message };
    if (operation.command === 'acknowledge') run.acknowledge(operation.by);
    return run.operator.operate(operation);
  }

  /** A signal has no answer, so one that cannot be read is noted where people look. */
  #hear<T>(schema: z.ZodType<T>, message: unknown, apply: (message: T) => void): void {
    const problem = this.#read(schema, message);
    if (problem) this.#run?.note('Person', 'message', `not understood: ${problem.message}`);
    else if (this.#run) apply(message as T);
  }

  #read(schema: z.ZodType, message: unknown): Refused | null {
    const read = schema.safeParse(message);
    if (read.success) return null;
    return { type: 'InvalidMessage', message: firstIssue(read.error) };
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]!;
  return `${issue.path.join('.') || 'the message'}: ${issue.message}`;
}

function refuse(refused: Refused | null): void {
  if (refused)
    throw ApplicationFailure.create({ type: refused.type, message: refused.message, nonRetryable: true });
}
