import { type Action, entryOf } from '../../domain/actions/catalogue.ts';
import { componentOf } from '../../domain/alert.ts';
import { list } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import type { Step } from './step.ts';

/**
 * Why the component cannot carry an action out, in words: `chargeback has no trainer`. Undefined where it has all that the action
 * needs.
 */
export function obstacle(action: Action, { missing, lead }: CaseFile): string | undefined {
  const lacks = entryOf(action).needs.filter((capability) => missing.includes(capability));
  if (lacks.length === 0) return undefined;
  return `${componentOf(lead.affected_component)} has ${list(lacks.map((name) => `no ${name}`))}`;
}

/** The remark for an action that is not proposed for lack of a capability. */
export function notProposed(action: Action, why: string): string {
  return `${entryOf(action).noun} is not proposed: ${why} (policy)`;
}

/** The steps that the component can carry out. A remark explains each step that is left out. */
export function possibleSteps(steps: readonly Step[], c: CaseFile, remarks: string[]): Step[] {
  return steps.filter(({ action }) => {
    const why = obstacle(action, c);
    if (why) remarks.push(notProposed(action, why));
    return !why;
  });
}
