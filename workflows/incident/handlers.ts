import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { z } from 'zod';
import type { Alert } from '../../src/domain/alert.ts';
import { Decision, Operation, type Receipt } from '../../src/domain/decision.ts';
import type { Refused } from './approval-desk.ts';
import {
  alertSignal,
  decideSignal,
  decideUpdate,
  incidentQuery,
  operateSignal,
  operateUpdate,
} from './messages.ts';
import { type IncidentRun, now } from './run.ts';
import { isWorse } from './symptoms.ts';

const DECIDE = `A decision on an open approval. One JSON object, e.g. {"approvalId":"3f9k2m7q","decision":"approve","by":"Ana"} or {"approvalId":"3f9k2m7q","decision":"deny","by":"Ana","reason":"traffic is back to normal"}`;
const OPERATE = `A command to the incident, e.g. {"command":"acknowledge","by":"Ana"}, {"command":"continue","stepId":"<as shown>","by":"Ana"}, {"command":"skip","stepId":"<as shown>","by":"Ana"}, {"command":"close","by":"Ana","reason":"…"}, {"command":"note","by":"Ana","reason":"…"}`;

/** Receives everything that is said to an incident, from before its run is open until its cooldown ends. */
export class MessageDesk {
  /** Alerts that arrived before the run had its incident id. */
  readonly early: Alert[] = [];
  #run: IncidentRun | null = null;

  constructor() {
    setHandler(alertSignal, (alerts) => this.#alerts(alerts), {
      description: 'Alerts of this component; at most 200',
    });
    setHandler(incidentQuery, () => this.#opened().view, { description: 'The whole incident as it stands' });
    setHandler(decideSignal, (decision) => void this.#hear(Decision, decision, (d) => this.#decide(d)), {
      description: DECIDE,
    });
    setHandler(decideUpdate, (decision) => this.#decide(decision), {
      description: DECIDE,
      validator: (decision) => refuse(this.#read(Decision, decision) ?? this.#refuseDecision(decision)),
    });
    setHandler(operateSignal, (operation) => void this.#hear(Operation, operation, (o) => this.#operate(o)), {
      description: OPERATE,
    });
    setHandler(operateUpdate, (operation) => this.#operate(operation), {
      description: OPERATE,
      validator: (operation) => refuse(this.#read(Operation, operation) ?? this.#refuseOperation(operation)),
    });
  }

  /** From here on messages reach the run. */
  attach(run: IncidentRun): void {
    this.#run = run;
    this.#alerts(this.early.splice(0));
  }

  #opened(): IncidentRun {
    if (!this.#run)
      throw new ApplicationFailure('the incident is being opened; ask again in a moment', 'NotOpenYet');
    return this.#run;
  }

  #alerts(alerts: Alert[]): void {
    for (const alert of alerts) {
      const run = this.#run;
      if (!run) this.early.push(alert);
      else if (run.view.closed_at && isWorse(alert, run.view.severity, run.view.symptoms))
        run.worse.push(alert);
      else run.take(alert);
    }
  }

  #refuseDecision(decision: Decision): Refused | null {
    if (!this.#run) return { type: 'UnknownApproval', message: 'no approval is open yet' };
    return this.#run.desk.refusal(decision, now());
  }

  #decide(decision: Decision): Receipt {
    const run = this.#opened();
    run.noticeReset();
    const receipt = run.desk.decide(decision, now());
    const said = `${decision.decision} ${decision.approvalId}${decision.reason ? ` (${decision.reason})` : ''}`;
    run.note('Person', 'decide', `${said}: ${receipt.message}`, { by: decision.by });
    return receipt;
  }

  #refuseOperation(operation: Operation): Refused | null {
    if (!this.#run)
      return { type: 'StaleStep', message: 'the incident is being opened; send it again in a moment' };
    if (operation.command === 'close' && this.#run.view.closed_at) {
      return { type: 'StaleStep', message: `the incident has ended already: ${this.#run.view.status}` };
    }
    return this.#run.operator.refusal(operation);
  }

  #operate(operation: Operation): Receipt {
    const run = this.#opened();
    run.noticeReset();
    const refused = this.#refuseOperation(operation);
    const receipt: Receipt = refused
      ? { outcome: 'recorded', message: refused.message }
      : run.operator.operate(operation);
    if (operation.command === 'acknowledge' && receipt.outcome === 'accepted') run.acknowledge(operation.by);
    const said = `${operation.command}${operation.reason ? ` (${operation.reason})` : ''}`;
    run.note('Person', 'operate', `${said}: ${receipt.message}`, { by: operation.by });
    return receipt;
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
    const issue = read.error.issues[0]!;
    return { type: 'InvalidMessage', message: `${issue.path.join('.') || 'the message'}: ${issue.message}` };
  }
}

function refuse(refused: Refused | null): void {
  if (refused)
    throw ApplicationFailure.create({ type: refused.type, message: refused.message, nonRetryable: true });
}
