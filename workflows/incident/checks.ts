import { entryOf } from '../../src/domain/actions/catalogue.ts';
import {
  type ActionCheck,
  type ActionRecord,
  type ActionState,
  moveTo,
} from '../../src/domain/actions/record.ts';
import { now } from '../clock.ts';
import type { IncidentRun } from './run.ts';

/** Changes an action's state and notes it in the trace. */
export function change(run: IncidentRun, record: ActionRecord, state: ActionState, details: string): void {
  moveTo(record, state, details, now().toISOString());
  // A message is told once: by what came of it.
  const isQuiet = (state === 'approved' || state === 'running') && !entryOf(record.action).risky;
  if (!isQuiet) run.note('Remediator', record.action, `${state}: ${details}`);
}

/** Nothing more is done about the action. */
export function end(record: ActionRecord): void {
  record.ended_at = now().toISOString();
}

/** Begins a check of an action, or finds it when a continued run tells the story again. */
export function beginCheck(
  run: IncidentRun,
  record: ActionRecord,
  name: ActionCheck['check'],
  details: string,
): ActionCheck {
  const known = record.checks.find(({ check }) => check === name);
  if (known) return known;
  const at = now().toISOString();
  const check: ActionCheck = { check: name, state: 'running', details, started_at: at, at };
  record.checks.push(check);
  run.note('Remediator', name, `running: ${details}`);
  return check;
}

/** Ends a check. */
export function endCheck(
  run: IncidentRun,
  check: ActionCheck,
  state: 'passed' | 'failed',
  details: string,
): void {
  Object.assign(check, { state, details, at: now().toISOString() });
  run.note('Remediator', check.check, `${state === 'passed' ? 'completed' : 'failed'}: ${details}`);
}
