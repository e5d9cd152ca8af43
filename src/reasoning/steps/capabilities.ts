import { componentOf } from '../../domain/alert.ts';
import { ACTION_NEEDS, type Action } from '../../domain/catalogue.ts';
import { list } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import type { Step } from './step.ts';

/** An action as the subject of a sentence. */
const NOUN: Partial<Record<Action, string>> = {
  retrain_model: 'retraining',
  deploy_model: 'a deployment',
  rollback_model: 'a rollback',
  rerun_pipeline: 'a rerun of the pipeline',
  scale_infrastructure: 'scaling',
};

/**
 * Why the component cannot carry an action out, in words: `chargeback has no trainer`. Undefined where it has all that the action
 * needs.
 */
export function obstacle(action: Action, { missing, lead }: CaseFile): string | undefined {
  const lacks = ACTION_NEEDS[action].filter((capability) => missing.includes(capability));
  if (lacks.length === 0) return undefined;
  return `${componentOf(lead.affected_component)} has ${list(lacks.map((name) => `no ${name}`))}`;
}

/** The remark for an action that is not proposed for lack of a capability. */
export function notProposed(action: Action, why: string): string {
  return `${NOUN[action] ?? action} is not proposed: ${why} (policy)`;
}

/** The steps that the component can carry out. A remark explains each step that is left out. */
export function possibleSteps(steps: readonly Step[], c: CaseFile, remarks: string[]): Step[] {
  return steps.filter(({ action }) => {
    const why = obstacle(action, c);
    if (why) remarks.push(notProposed(action, why));
    return !why;
  });
}
