import type { Policy } from './policy/policy.ts';
import { type Confusion, f1Of } from './stats/interval.ts';

/** A candidate and the champion, scored on the very same labelled rows. */
export interface GateInput {
  candidate: Confusion;
  champion: Confusion;
  /** F1 of the champion on its own holdout when it was trained. */
  baselineF1: number;
  trainingRows: number;
  /** End of the training rows and start of the holdout, ISO 8601: the holdout must be later. */
  trainingTo: string;
  holdoutFrom: string;
  holdoutPositives: number;
}

export interface GateVerdict {
  passed: boolean;
  /** Every condition in words, with its numbers, met or not. */
  checks: { text: string; met: boolean }[];
  f1: number | null;
  championF1: number | null;
}

/**
 * The evaluation gate (design §1): the candidate's F1 is at most `max_f1_drop` below the baseline and above the champion's on
 * the same rows, and the rows can carry the judgement: enough positives, later than what it was trained on.
 */
export function evaluateGate(input: GateInput, policy: Policy['gate']): GateVerdict {
  const candidate = f1Of(input.candidate);
  const champion = f1Of(input.champion);
  const limit = input.baselineF1 - policy.max_f1_drop;
  const say = (estimate: typeof candidate) =>
    estimate
      ? `${estimate.f1.toFixed(3)} (95 % ${estimate.interval[0].toFixed(3)} to ${estimate.interval[1].toFixed(3)})`
      : 'not measurable';
  const checks = [
    {
      text: `candidate F1 ${say(candidate)} against at least ${limit.toFixed(3)} (baseline ${input.baselineF1.toFixed(3)} − ${policy.max_f1_drop})`,
      met: candidate !== null && candidate.f1 >= limit,
    },
    {
      text: `champion F1 ${say(champion)} on the same rows, to be exceeded`,
      met: candidate !== null && candidate.f1 > (champion?.f1 ?? 0),
    },
    {
      text: `${input.holdoutPositives} labelled positives in the holdout, at least ${policy.min_holdout_positives} needed`,
      met: input.holdoutPositives >= policy.min_holdout_positives,
    },
    {
      text: `${input.trainingRows} training rows, at least ${policy.min_training_rows} needed`,
      met: input.trainingRows >= policy.min_training_rows,
    },
    {
      text: `holdout from ${input.holdoutFrom}, later than the training rows (to ${input.trainingTo})`,
      met: input.holdoutFrom >= input.trainingTo,
    },
  ];
  return {
    passed: checks.every((check) => check.met),
    checks,
    f1: candidate?.f1 ?? null,
    championF1: champion?.f1 ?? null,
  };
}
