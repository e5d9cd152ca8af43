import type { AlertType } from '../../domain/alert.ts';
import type { Category } from '../../domain/category.ts';
import type { CaseFile } from '../case-file.ts';
import type { Readings, Sign } from '../signs/signs.ts';
import type { Step } from '../steps/step.ts';

/**
 * A diagnosis rule: all of `needs` seen and none of `excludes` seen make the cause a candidate of strength `base`. Each of
 * `supports` seen adds to the strength, each of `against` seen takes from it. A sign that nobody could read does neither.
 */
export interface DiagnosisRule {
  needs: readonly Sign[];
  excludes?: readonly Sign[];
  supports?: readonly Sign[];
  against?: readonly Sign[];
  base: number;
}

/** One root cause, with everything that reasoning needs to find it and to act on it. */
export interface Cause {
  /** Snake case. Incidents on record carry it, so it never changes. */
  name: Category;
  /** How the cause differs from its neighbours. The model's prompt quotes this one sentence; the measured fact comes first. */
  description: string;
  /** The actions that may repair it, in the order in which they are tried. The model's prompt quotes it. */
  remedy: string;
  /** The alerts that the cause can raise. Beside an alert of another type it is a weaker candidate. */
  raises: readonly AlertType[];
  /** Their order is free: the strongest rule that fits counts. */
  rules: readonly DiagnosisRule[];
  /** Sections of the runbooks that treat the cause, best first: `runbook_rollback.md#section-2`. */
  sections: readonly string[];
  /** The addressee of the notice: the team of the data, the component's channel, or nobody. */
  notifies: 'data team' | 'channel' | 'nobody';
  /** The risky steps against the cause, in the order in which they are tried. A remark explains a missing step. */
  repairs(c: CaseFile, readings: Readings, remarks: string[]): Step[];
  /** One sentence for people: what happened, to what, since when, with the names and numbers that were measured. */
  sentence(c: CaseFile, readings: Readings): string;
}

type Definition = Pick<Cause, 'name' | 'description' | 'sentence'> & Partial<Cause>;

/** A cause. By default it has no rules, alerts, sections or repairs, and the notice goes to the channel. */
export const defineCause = (definition: Definition): Cause => ({
  remedy: '',
  raises: [],
  rules: [],
  sections: [],
  notifies: 'channel',
  repairs: () => [],
  ...definition,
});
