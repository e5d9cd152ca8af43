import type { Action } from '../../domain/actions/catalogue.ts';

/** One risky step of a plan. */
export interface Step {
  action: Action;
  /** When the step applies, for people. */
  condition?: string;
  /** The action that this step replaces should it fail. Without that action in the plan the step is one like others. */
  fallbackOf?: Action;
}
