import type { AlertType } from '../domain/alert.ts';
import type { Cause, DiagnosisRule } from './causes/cause.ts';
import { isSeen, type Readings, type Sign } from './signs/signs.ts';

const SUPPORT = 0.04;
const OPPOSE = 0.12;
/** Taken from a cause that raises no alerts of the leading type: it is a fault beside the one that is asked about. */
const BESIDE = 0.15;

/** A cause that the readings allow, and the strongest of its diagnosis rules that fit. */
export interface Candidate {
  cause: Cause;
  rule: DiagnosisRule;
  /** Orders the candidates. `confidenceOf` turns it into the share of such diagnoses that were right. */
  strength: number;
}

/** Every cause that the readings allow, likeliest first. */
export function candidates(strategy: AlertType, readings: Readings, causes: readonly Cause[]): Candidate[] {
  const seen = (sign: Sign) => isSeen(readings, sign);
  const count = (signs: readonly Sign[] = []) => signs.filter(seen).length;
  const fitting = causes.flatMap((cause) => {
    const beside = cause.raises.includes(strategy) ? 0 : BESIDE;
    return cause.rules
      .filter((rule) => rule.needs.every(seen) && !rule.excludes?.some(seen))
      .map((rule) => ({
        cause,
        rule,
        strength: rule.base + SUPPORT * count(rule.supports) - OPPOSE * count(rule.against) - beside,
      }));
  });
  fitting.sort((a, b) => b.strength - a.strength);
  return fitting.filter((one, i) => fitting.findIndex(({ cause }) => cause === one.cause) === i);
}
