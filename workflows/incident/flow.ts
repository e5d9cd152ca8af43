import type { IncidentStatus } from '../../src/domain/incident.ts';

/** Thrown by a step to end the story early: only closing is left. */
export class IncidentEnd extends Error {
  override name = 'IncidentEnd';
  readonly status: IncidentStatus;
  constructor(status: IncidentStatus, reason: string) {
    super(reason);
    this.status = status;
  }
}

/** Thrown while an approval is open and a new kind of symptom arrives: the diagnosis is made again. */
export class Reinvestigate extends Error {
  override name = 'Reinvestigate';
}

/** How an action of the plan came out: `failed` lets a fallback be asked for. */
export type StepResult = 'done' | 'failed' | 'skipped';
