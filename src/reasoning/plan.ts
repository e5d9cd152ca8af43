import { type Action, RISKY_ACTIONS } from '../domain/actions/catalogue.ts';
import type { Diagnosis, RecommendedAction } from '../domain/diagnosis.ts';
import type { CaseFile } from './case-file.ts';
import type { Cause } from './causes/cause.ts';
import type { Readings } from './signs/signs.ts';
import { possibleSteps } from './steps/capabilities.ts';
import { orderedByMemory } from './steps/memory.ts';
import type { Step } from './steps/step.ts';

export interface Plan {
  actions: RecommendedAction[];
  /** Why an action that one would expect is not among them. */
  remarks: string[];
}

function notices({ notifies }: Cause, c: CaseFile): Step[] {
  if (notifies === 'nobody') return [];
  const message: Action = notifies === 'data team' ? 'notify_data_team' : 'send_slack_alert';
  const paged = c.alerts.some((alert) => alert.source === 'pagerduty');
  const steps: Action[] = [message, 'create_github_issue'];
  return [...steps, ...(paged ? (['acknowledge_pagerduty'] as const) : [])].map((action) => ({ action }));
}

/**
 * What to do about a cause. Only a confirmed or likely diagnosis may propose an action that changes production, and only
 * one that the component can carry out. `requires_approval` repeats the policy for people; the workflow asks the policy itself.
 */
export function planActions(
  cause: Cause,
  verdict: Diagnosis['verdict'],
  c: CaseFile,
  readings: Readings,
): Plan {
  const remarks: string[] = [];
  const certain = verdict === 'confirmed' || verdict === 'likely';
  const repairs = certain ? possibleSteps(cause.repairs(c, readings, remarks), c, remarks) : [];
  const risky = orderedByMemory(repairs, c, remarks);
  const steps = verdict === 'healthy' ? [] : [...notices(cause, c), ...risky];
  const actions = steps.map((step, i) => ({
    action: step.action,
    priority: i + 1,
    requires_approval: c.policy.actions[step.action].approval,
    ...terms(step, steps.slice(0, i)),
  }));
  return { actions, remarks };
}

/** When a step applies. A fallback waits for the failure of its action, if that is tried before it. */
function terms(
  { condition, fallbackOf }: Step,
  before: readonly Step[],
): Pick<RecommendedAction, 'condition' | 'only_after_failure'> {
  const fallback = before.some(({ action }) => action === fallbackOf);
  const words = [fallback && `if ${fallbackOf!.split('_')[0]} fails`, condition].filter(Boolean).join('; ');
  return { ...(words && { condition: words }), ...(fallback && { only_after_failure: true }) };
}

/** The actions of a plan that change production. */
export const riskyOf = (actions: readonly RecommendedAction[]) =>
  actions.filter(({ action }) => RISKY_ACTIONS.includes(action));
