import type { Action } from '../../domain/actions/catalogue.ts';
import type { PastAction } from '../../domain/past-action.ts';
import { minute, quote } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import type { Step } from './step.ts';

const MEMORY_MS = 7 * 86_400_000;

const WORDS: Record<PastAction['outcome'], string> = {
  failed: 'failed',
  denied: 'was denied',
  did_not_help: 'did not help',
  completed: 'was done',
};

/** The latest time within memory at which an action failed, was denied or did not help. */
function lastSetback(action: Action, c: CaseFile): PastAction | undefined {
  const since = Date.parse(c.began) - MEMORY_MS;
  return c.pastActions
    .filter((past) => past.action === action && past.outcome !== 'completed' && Date.parse(past.at) >= since)
    .sort((a, b) => b.at.localeCompare(a.at))[0];
}

/** A step that had a setback, with what is different now as its condition. No step where nothing is: a person decides. */
function secondTry(step: Step, past: PastAction, c: CaseFile, remarks: string[]): Step[] {
  const history = `${step.action} ${WORDS[past.outcome]} in ${past.incident_id} (${minute(past.at)}: ${quote(past.details)})`;
  if (!c.onset || c.onset <= past.at) {
    remarks.push(`${history}; nothing measured since then differs, so it is not proposed again`);
    return [];
  }
  const difference = `${history}; different now: this fault began later, at ${minute(c.onset)}`;
  remarks.push(difference);
  return [{ ...step, condition: [step.condition, difference].filter(Boolean).join('; ') }];
}

/**
 * The steps in the order that the last seven days suggest. A step that failed, was denied or did not help goes behind the others.
 * A fallback for a failed action goes before it. A fallback for a denied action stays behind it, and is dropped when that
 * action is.
 */
export function orderedByMemory(steps: readonly Step[], c: CaseFile, remarks: string[]): Step[] {
  const judged = steps.map((step) => ({ step, setback: lastSetback(step.action, c) }));
  const denied = judged.filter(({ setback }) => setback?.outcome === 'denied').map(({ step }) => step.action);
  const followsDenied = ({ fallbackOf }: Step) => fallbackOf !== undefined && denied.includes(fallbackOf);
  const untried = judged.filter(({ setback }) => !setback).map(({ step }) => step);
  const triedAgain = judged.flatMap(({ step, setback }) =>
    setback ? secondTry(step, setback, c, remarks) : [],
  );
  const ordered = [
    ...untried.filter((step) => !followsDenied(step)),
    ...triedAgain,
    ...untried.filter(followsDenied),
  ];
  return ordered.filter((step) => {
    const stays = !followsDenied(step) || ordered.some(({ action }) => action === step.fallbackOf);
    if (!stays) remarks.push(`${step.action} only stands in for ${step.fallbackOf}, which is not proposed`);
    return stays;
  });
}
