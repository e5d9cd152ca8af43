import { type Action, type Category, RISKY_ACTIONS } from '../domain/catalogue.ts';
import type { Diagnosis, RecommendedAction } from '../domain/diagnosis.ts';
import type { PastAction } from '../domain/past-action.ts';
import { minute, quote } from '../domain/text.ts';
import type { CaseFile } from './case-file.ts';
import { fallenBy, previousVersion } from './signs/model.ts';
import type { Readings } from './signs/signs.ts';

interface Step {
  action: Action;
  condition?: string;
  /** Only asked for when this one, before it in the plan, failed. */
  fallbackOf?: Action;
}

export interface Plan {
  actions: RecommendedAction[];
  /** Why an action that one would expect is not among them. */
  remarks: string[];
}

const MEMORY = 7 * 86_400_000;

/** The labelled rows since the onset, or since a time that the onset was not after. */
function rowsSince(c: CaseFile) {
  if (c.trend && c.onset) {
    const { labelled_since_onset: rows, positives_since_onset: hits } = c.trend;
    return { rows, hits, since: 'the onset', evidence: [c.trend.id] };
  }
  const by = fallenBy(c);
  if (!by) return undefined;
  const { labelled: rows, positives: hits } = c.outcomes!;
  const since = `${minute(by)}, at or before which it began`;
  return { rows, hits, since, evidence: [c.outcomes!.id, c.trend!.id] };
}

/**
 * Whether a retraining on rows since the onset can pass the gate: enough rows to train on, and after them a holdout
 * with enough positives (policy `gate`).
 */
export function trainingRows(c: CaseFile): { enough: boolean; text: string; evidence: string[] } | undefined {
  const known = rowsSince(c);
  if (!known) return undefined;
  const { min_training_rows, min_holdout_positives } = c.policy.gate;
  const { rows, hits, since, evidence } = known;
  const share = rows > 0 ? hits / rows : 0;
  const holdout = Math.max(0, rows - min_training_rows) * share;
  return {
    enough: holdout >= min_holdout_positives,
    evidence,
    text:
      `${rows} labelled rows with ${hits} positives since ${since}; training takes ${min_training_rows} rows and ` +
      `its holdout ${min_holdout_positives} positives`,
  };
}

function retrain(c: CaseFile, remarks: string[]): Step[] {
  const rows = trainingRows(c);
  if (rows?.enough) return [{ action: 'retrain_model' }];
  remarks.push(
    rows
      ? `retraining is not recommended yet: ${rows.text}; wait for more labels, then continue`
      : 'retraining is not recommended: no onset was measured, so it is not known which rows to train on',
  );
  return [];
}

function rollback(c: CaseFile, remarks: string[], more: Omit<Step, 'action'> = {}): Step[] {
  const to = previousVersion(c);
  if (to) return [{ action: 'rollback_model', ...more }];
  remarks.push('a rollback is not recommended: the platform shows no earlier version to go back to');
  return [];
}

/** The earlier version was trained on the same old world: it stands in for a failed retraining, never for a wait. */
function relearn(c: CaseFile, remarks: string[]): Step[] {
  const retraining = retrain(c, remarks);
  return retraining.length > 0
    ? [...retraining, ...rollback(c, remarks, { fallbackOf: 'retrain_model' })]
    : [];
}

/**
 * Whether a change of the inputs hurts: something is past its limit, or features that the model heeds drifted and F1 is lower
 * than in training, if by less than the limit. Where nothing is hurt a retraining mends nothing.
 */
function hurts({ outcomes: o }: CaseFile, r: Readings): boolean {
  if (r.f1_down?.seen || r.aggregate_high?.seen || r.flagged_up?.seen) return true;
  return r.features_drifted?.seen === true && !!o?.f1_interval && o.f1_interval[1] < o.baseline_f1;
}

/** The risky steps against each cause, in the order in which they are tried. */
function repairs(category: Category, c: CaseFile, r: Readings, remarks: string[]): Step[] {
  switch (category) {
    case 'upstream_change':
      if (!hurts(c, r)) {
        remarks.push(
          'retraining is not recommended: nothing shows F1, aggregate drift or the share of flagged predictions past its limit',
        );
        return [];
      }
      return relearn(c, remarks);
    case 'concept_drift':
      return relearn(c, remarks);
    case 'seasonal_shift':
      return r.f1_down?.seen ? retrain(c, remarks) : [];
    case 'training_data_corruption':
    case 'model_regression':
      return rollback(c, remarks);
    case 'slow_model':
      return [...rollback(c, remarks), { action: 'scale_infrastructure', fallbackOf: 'rollback_model' }];
    case 'source_outage':
      return [{ action: 'rerun_pipeline', condition: 'once the source delivers again' }];
    case 'pipeline_failure':
      return [{ action: 'rerun_pipeline' }];
    case 'traffic_surge':
    case 'resource_saturation':
      return [{ action: 'scale_infrastructure' }];
    // Loaded twice: running again would make it three times. An attack: the model does what it is for.
    case 'duplicate_load':
    case 'attack_wave':
    case 'healthy':
    case 'unknown':
      return [];
    default: {
      const never: never = category;
      throw new RangeError(`no plan for category ${never}`);
    }
  }
}

const DATA_TEAM: readonly Category[] = ['source_outage', 'pipeline_failure', 'duplicate_load'];

function notices(category: Category, c: CaseFile): Step[] {
  if (category === 'healthy') return [];
  const tell: Action = DATA_TEAM.includes(category) ? 'notify_data_team' : 'send_slack_alert';
  const paged = c.alerts.some((alert) => alert.source === 'pagerduty');
  const steps: Action[] = [tell, 'create_github_issue'];
  return [...steps, ...(paged ? (['acknowledge_pagerduty'] as const) : [])].map((action) => ({ action }));
}

const WORDS: Record<PastAction['outcome'], string> = {
  failed: 'failed',
  denied: 'was denied',
  did_not_help: 'did not help',
  completed: 'was done',
};

/**
 * Memory of the last seven days: a step that failed, was denied or did not help goes behind the others, and says what is
 * different now. If nothing is, it is left to a person. A step that stands in for one that failed is tried in its place; for
 * one that a person denied it still waits, and without it is none.
 */
function withMemory(steps: Step[], c: CaseFile, remarks: string[]): Step[] {
  const judged = steps.map((step) => ({ step, past: badOutcome(step.action, c) }));
  const denied = judged.filter(({ past }) => past?.outcome === 'denied').map(({ step }) => step.action);
  const waits = ({ fallbackOf }: Step) => fallbackOf !== undefined && denied.includes(fallbackOf);
  const unspoilt = judged.filter(({ past }) => !past).map(({ step }) => step);
  const again = judged.flatMap(({ step, past }) => {
    if (!past) return [];
    const said = `${step.action} ${WORDS[past.outcome]} in ${past.incident_id} (${minute(past.at)}: ${quote(past.details)})`;
    if (!c.onset || c.onset <= past.at) {
      remarks.push(`${said}; nothing measured since then differs, so it is not proposed again`);
      return [];
    }
    const differs = `${said}; different now: this fault began later, at ${minute(c.onset)}`;
    remarks.push(differs);
    return [{ ...step, condition: [step.condition, differs].filter(Boolean).join('; ') }];
  });
  const kept = [...unspoilt.filter((step) => !waits(step)), ...again, ...unspoilt.filter(waits)];
  return kept.filter((step) => {
    const stays = !waits(step) || kept.some(({ action }) => action === step.fallbackOf);
    if (!stays) remarks.push(`${step.action} only stands in for ${step.fallbackOf}, and that was not tried`);
    return stays;
  });
}

function badOutcome(action: Action, c: CaseFile): PastAction | undefined {
  const since = Date.parse(c.began) - MEMORY;
  return c.pastActions
    .filter((past) => past.action === action && past.outcome !== 'completed' && Date.parse(past.at) >= since)
    .sort((a, b) => b.at.localeCompare(a.at))[0];
}

/**
 * What to do about a cause. Only a confirmed or likely diagnosis may propose an action that changes production;
 * `requires_approval` repeats the policy for people, the workflow asks the policy itself.
 */
export function planActions(
  category: Category,
  verdict: Diagnosis['verdict'],
  c: CaseFile,
  readings: Readings,
): Plan {
  const remarks: string[] = [];
  const certain = verdict === 'confirmed' || verdict === 'likely';
  const risky = certain ? withMemory(repairs(category, c, readings, remarks), c, remarks) : [];
  const steps = verdict === 'healthy' ? [] : [...notices(category, c), ...risky];
  const actions = steps.map((step, i) => ({
    action: step.action,
    priority: i + 1,
    requires_approval: c.policy.actions[step.action].approval,
    ...when(step, steps.slice(0, i)),
  }));
  return { actions, remarks };
}

/** A fallback waits for the step it stands in for, unless that is not tried before it: then it is a step like others. */
function when(
  { condition, fallbackOf }: Step,
  before: readonly Step[],
): Pick<RecommendedAction, 'condition' | 'only_after_failure'> {
  const fallback = before.some(({ action }) => action === fallbackOf);
  const words = [fallback && `if ${fallbackOf!.split('_')[0]} fails`, condition].filter(Boolean).join('; ');
  return { ...(words && { condition: words }), ...(fallback && { only_after_failure: true }) };
}

/** For tests and checks: the actions of a plan that change production. */
export const riskyOf = (actions: readonly RecommendedAction[]) =>
  actions.filter(({ action }) => RISKY_ACTIONS.includes(action));
