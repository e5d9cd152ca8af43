import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Alert, AlertType } from '../../src/domain/alert.ts';
import type { Decision, Operation, Receipt } from '../../src/domain/decision.ts';
import type { IncidentView, TraceEvent } from '../../src/domain/incident.ts';
import type { IncidentContext } from '../contracts/record.ts';
import type { PendingCommands } from './pending-commands.ts';

/** Arguments of the `incident` workflow; alerts come by signal. The optional parts are set by continue-as-new alone. */
export interface IncidentInput {
  component: string;
  environment: string;
  /** The same incident goes on in a new run. */
  carried?: CarriedIncident;
  /** A new incident follows one in its cooldown, because these alerts are worse. */
  follows?: { incidentId: string; alerts: Alert[] };
}

/** All state of a run, as plain JSON, for its continuation. */
export interface CarriedIncident {
  /** Of the first run; approvals bind to it, so links live on. */
  epoch: string;
  context: IncidentContext;
  view: IncidentView;
  progress: Progress;
  /** Events since the last record. */
  events: TraceEvent[];
}

/** How far the story has come: a finished step is not run again, its result is read from here. */
export interface Progress {
  results: Record<string, unknown>;
  /** Attempts of steps that a person continued; absent means the first. */
  attempts: Record<string, number>;
  /** Rounds of investigation so far; a new symptom before the first risky action starts another. */
  round: number;
  consideredTypes: AlertType[];
  /** Ids of decisions and operations that were applied. */
  applied: string[];
  acknowledgedUntil: string | null;
  commands: PendingCommands;
  /** A source has resolved its alert, and the Monitor has not measured since. */
  resolvedArrived: boolean;
  /** Alerts of the cooldown that are worse than the incident; a new incident takes them. */
  worse: Alert[];
  /** The latest alert of each symptom, for the Investigator. */
  alerts: Alert[];
}

/** At most this many alerts in one signal. */
export const MAX_ALERT_BATCH = 200;

/** Alerts in, firing or resolved; at most 200. Delivered with signalWithStart, so no worker needs to be up. */
export const alertSignal = defineSignal<[Alert[]]>('alert');
/** A decision on an approval, as people send it from Temporal Web and the CLI. */
export const decideSignal = defineSignal<[Decision]>('decide');
/** The same decision with an answer; refused by a validator with one of `REFUSALS` as failure type. */
export const decideUpdate = defineUpdate<Receipt, [Decision]>('decide');
export const operateSignal = defineSignal<[Operation]>('operate');
export const operateUpdate = defineUpdate<Receipt, [Operation]>('operate');
export const incidentQuery = defineQuery<IncidentView>('incident');
