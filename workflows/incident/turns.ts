import type { IncidentStatus } from '../../src/domain/incident.ts';

/** Thrown by a step to end the story early: nothing more is done but closing. */
export class Ended extends Error {
  override name = 'Ended';
  readonly status: IncidentStatus;
  constructor(status: IncidentStatus, reason: string) {
    super(reason);
    this.status = status;
  }
}

/** Thrown while an approval is open and a new kind of symptom arrives: the diagnosis is made again. */
export class NewSymptom extends Error {
  override name = 'NewSymptom';
}

/** How a risky action came out: `done` ends the remediation, `failed` lets the next in the plan be asked for. */
export type Outcome = 'done' | 'failed' | 'skipped';
