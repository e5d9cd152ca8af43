import { compareSeverity, type Severity } from '../alert.ts';
import type { Measurement } from '../measurement.ts';
import { severityOf } from './severity.ts';

/** What the Monitor remembers of one rule (and subject) between polls. Times are those of the measured windows' ends. */
export interface MonitorRuleState {
  /** Polls in a row in which the rule fired. */
  streak: number;
  /** Its alert is out: the rule fired often enough and has not cleared since. */
  firing: boolean;
  /** First poll of the streak or episode; names the episode. */
  since: string;
  /** When its alert was last sent; null before the first. */
  last_sent: string | null;
  /** The last poll in which the rule was firing or holding. */
  seen: string;
  /** The worst severity that was sent. */
  severity: Severity | null;
  /** Its alert is not out: the alert of a pipeline that components share tells of it. */
  held?: true;
}

/** An alert that is due: the measurement behind it, and the episode it belongs to. */
export interface Episode {
  measurement: Measurement;
  since: string;
}

/** Milliseconds without a conclusive measurement after which an episode counts as over: its subject is gone. */
export const FORGET_AFTER = 24 * 3_600_000;

/** `model_drift`, `feature_drift:V14`: what a rule's state is kept under. */
export function stateKey(measurement: Pick<Measurement, 'rule' | 'subject'>): string {
  return measurement.subject === undefined ? measurement.rule : `${measurement.rule}:${measurement.subject}`;
}

/**
 * One poll's step of the alarm logic (design §2: `for` n polls, hysteresis). A rule raises when it fires `for` times in a
 * row, is sent again every `repeatEvery` ms while it keeps firing or as soon as it is worse than what was sent, and clears
 * below its clearing level. A measurement that says nothing (`insufficient`, `unmeasured`) neither raises nor clears.
 * Pure: the clock is the end of each measured window, so that a retried poll names the same episodes.
 */
export function nextState(
  state: Readonly<Record<string, MonitorRuleState>>,
  measurements: readonly Measurement[],
  options: { for: number; repeatEvery: number },
): { state: Record<string, MonitorRuleState>; raise: Episode[]; clear: Episode[] } {
  const next: Record<string, MonitorRuleState> = { ...state };
  const raise: Episode[] = [];
  const clear: Episode[] = [];
  const latest = Math.max(...measurements.map((m) => Date.parse(m.window.to)));
  for (const [key, known] of Object.entries(next)) {
    if (latest - Date.parse(known.seen) > FORGET_AFTER) delete next[key];
  }
  for (const measurement of measurements) {
    const key = stateKey(measurement);
    const known = next[key];
    switch (measurement.state) {
      case 'insufficient':
      case 'unmeasured':
        break;
      case 'clear':
        if (known?.firing && !known.held) clear.push({ measurement, since: known.since });
        delete next[key];
        break;
      case 'holding':
        if (known?.firing) next[key] = { ...known, streak: 0, seen: measurement.window.to };
        else delete next[key];
        break;
      case 'firing': {
        const step = fire(known, measurement, options);
        next[key] = step.state;
        if (step.send) raise.push({ measurement, since: step.state.since });
        break;
      }
      default: {
        const never: never = measurement.state;
        throw new Error(`unknown measurement state ${String(never)}`);
      }
    }
  }
  return { state: next, raise, clear };
}

function fire(
  known: MonitorRuleState | undefined,
  measurement: Measurement,
  options: { for: number; repeatEvery: number },
): { state: MonitorRuleState; send: boolean } {
  const at = measurement.window.to;
  const severity = severityOf(measurement);
  // The same poll again (a retried activity) counts once.
  const streak = (known?.streak ?? 0) + (known?.seen === at ? 0 : 1);
  const firing = known?.firing === true || streak >= options.for;
  const sent = known?.last_sent ?? null;
  const worse = known?.severity != null && compareSeverity(severity, known.severity) > 0;
  const due = sent === null || Date.parse(at) - Date.parse(sent) >= options.repeatEvery;
  const send = firing && (due || worse);
  return {
    send,
    state: {
      streak,
      firing,
      since: known?.since ?? at,
      last_sent: send ? at : sent,
      seen: at,
      severity: send && (worse || known?.severity == null) ? severity : (known?.severity ?? null),
    },
  };
}

/**
 * The state to keep before a poll's alerts are delivered: everything but that they were. Should the delivery fail, the next
 * poll sends them under the names they were accepted with.
 */
export function unsent(
  before: Readonly<Record<string, MonitorRuleState>>,
  step: ReturnType<typeof nextState>,
): Record<string, MonitorRuleState> {
  const state = { ...step.state };
  for (const { measurement } of step.raise) {
    const key = stateKey(measurement);
    const { last_sent = null, severity = null } = before[key] ?? {};
    state[key] = { ...state[key]!, last_sent, severity };
  }
  for (const { measurement } of step.clear) {
    const key = stateKey(measurement);
    state[key] = before[key]!;
  }
  return state;
}
