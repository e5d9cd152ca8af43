import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AlertInput } from '../alert.ts';
import type { Measurement } from '../measurement.ts';
import { headlinesOf, toAlertInput } from './alert.ts';
import { FORGET_AFTER, type MonitorRuleState, nextState, stateKey } from './episodes.ts';

const T0 = Date.parse('2026-02-27T14:00:00Z');
const MINUTE = 60_000;
const iso = (minutes: number) => new Date(T0 + minutes * MINUTE).toISOString();

function measurement(
  state: Measurement['state'],
  minutes: number,
  more: Partial<Measurement> = {},
): Measurement {
  return {
    rule: 'model_drift',
    state,
    value: state === 'firing' ? 0.35 : 0.1,
    threshold: 0.3,
    window: { from: iso(minutes - 60), to: iso(minutes) },
    samples: { current: 10_000 },
    numbers: { drift_score: 0.35 },
    query: 'SELECT 1',
    text: 'Aggregate PSI 0.35 (limit 0.30)',
    ...more,
  };
}

/** Runs polls a minute apart; answers what each sent. */
function polls(states: Measurement['state'][], options = { for: 1, repeatEvery: 10 * MINUTE }) {
  let state: Record<string, MonitorRuleState> = {};
  return states.map((each, minute) => {
    const step = nextState(state, [measurement(each, minute)], options);
    state = step.state;
    const sent = [...step.raise.map((e) => `raise ${e.since}`), ...step.clear.map((e) => `clear ${e.since}`)];
    return sent.join();
  });
}

test('a rule raises once, holds its peace while it holds, and clears under the same episode', () => {
  expect(polls(['clear', 'firing', 'firing', 'holding', 'firing', 'clear', 'clear'])).toEqual([
    '',
    `raise ${iso(1)}`,
    '',
    '',
    '',
    `clear ${iso(1)}`,
    '',
  ]);
});

test('a rule raises after `for` polls in a row; holding breaks the row, a gap does not', () => {
  const options = { for: 3, repeatEvery: 10 * MINUTE };
  expect(polls(['firing', 'firing', 'holding', 'firing', 'firing', 'firing'], options)).toEqual([
    '',
    '',
    '',
    '',
    '',
    `raise ${iso(3)}`,
  ]);
  expect(polls(['firing', 'insufficient', 'firing', 'unmeasured', 'firing'], options).at(-1)).toBe(
    `raise ${iso(0)}`,
  );
});

test('the same poll twice counts once', () => {
  const options = { for: 2, repeatEvery: 10 * MINUTE };
  const once = nextState({}, [measurement('firing', 0)], options);
  const again = nextState(once.state, [measurement('firing', 0)], options);
  expect(again).toEqual(once);
  expect(nextState(again.state, [measurement('firing', 1)], options).raise).toHaveLength(1);
});

test('missing data never clears', () => {
  expect(polls(['firing', 'insufficient', 'unmeasured', 'clear'])).toEqual([
    `raise ${iso(0)}`,
    '',
    '',
    `clear ${iso(0)}`,
  ]);
});

test('while it keeps firing it is sent again as often as policy says, under the same episode', () => {
  const sent = polls(new Array(25).fill('firing'), { for: 1, repeatEvery: 10 * MINUTE });
  expect(sent.flatMap((text, minute) => (text ? [[minute, text]] : []))).toEqual(
    [0, 10, 20].map((minute) => [minute, `raise ${iso(0)}`]),
  );
});

test('it is sent at once when it gets worse, not again when it wavers', () => {
  let state: Record<string, MonitorRuleState> = {};
  const sent = [0.35, 0.5, 0.35, 0.5].map((value, minute) => {
    const step = nextState(state, [measurement('firing', minute, { value })], {
      for: 1,
      repeatEvery: 10 * MINUTE,
    });
    state = step.state;
    return step.raise.length;
  });
  expect(sent).toEqual([1, 1, 0, 0]);
});

test('a subject that is no longer measured is forgotten after a day', () => {
  const options = { for: 1, repeatEvery: 10 * MINUTE };
  const v14 = measurement('firing', 0, { rule: 'feature_drift', subject: 'V14' });
  const first = nextState({}, [v14], options);
  expect(Object.keys(first.state)).toEqual(['feature_drift:V14']);
  const day = FORGET_AFTER / MINUTE;
  expect(Object.keys(nextState(first.state, [measurement('clear', day)], options).state)).toHaveLength(1);
  expect(Object.keys(nextState(first.state, [measurement('clear', day + 1)], options).state)).toHaveLength(0);
});

test('a retried poll names the same episodes, and the given state is left alone', () => {
  const state = fc.constantFrom<Measurement['state'][]>(
    'firing',
    'holding',
    'clear',
    'insufficient',
    'unmeasured',
  );
  fc.assert(
    fc.property(fc.array(state, { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), (states, times) => {
      let before: Record<string, MonitorRuleState> = {};
      let open: string | null = null;
      states.forEach((each, minute) => {
        const options = { for: times, repeatEvery: 5 * MINUTE };
        const frozen = JSON.stringify(before);
        const step = nextState(before, [measurement(each, minute)], options);
        expect(nextState(before, [measurement(each, minute)], options)).toEqual(step);
        expect(JSON.stringify(before)).toBe(frozen);
        // Only an open episode clears, and under its own name; an episode keeps its name while open.
        for (const { since } of step.clear) expect(since).toBe(open);
        for (const { since } of step.raise) expect(since).toBe(open ?? since);
        if (step.raise.length) open = step.raise[0]!.since;
        if (step.clear.length) open = null;
        before = step.state;
      });
    }),
  );
});

test('an alert carries the numbers of its rule and the headlines of the poll, and is one that the API would take', () => {
  const drift = measurement('firing', 0, { value: 0.45, numbers: { drift_score: 0.45 } });
  const f1 = measurement('firing', 0, {
    rule: 'accuracy_drop',
    numbers: { current_f1: 0.82, baseline_f1: 0.91, f1_upper: 0.83 },
  });
  const alert = toAlertInput(drift, 'classifier', 'v2', new Date(T0), {
    since: iso(0),
    headlines: headlinesOf([drift, f1]),
  });
  expect(AlertInput.parse(alert)).toEqual(alert);
  expect(alert).toMatchObject({
    alert_type: 'model_drift',
    severity: 'critical',
    affected_component: 'classifier_v2',
    metrics: { current_f1: 0.82, baseline_f1: 0.91, drift_score: 0.45, threshold: 0.3 },
    source: 'agentops-monitor',
    source_key: `monitor:classifier:model_drift::${iso(0)}`,
    starts_at: iso(0),
    status: 'firing',
  });
  expect(alert.metrics).not.toHaveProperty('f1_upper');
});

test('features and pipelines are named in labels, and an unknown version is left out of the name', () => {
  const input = (more: Partial<Measurement>) =>
    toAlertInput(measurement('firing', 0, more), 'classifier', null, new Date(T0), { since: iso(0) });
  expect(input({ rule: 'feature_drift', subject: 'V14' })).toMatchObject({
    alert_type: 'model_drift',
    severity: 'warning',
    affected_component: 'classifier',
    labels: { rule: 'feature_drift', feature: 'V14' },
  });
  expect(input({ rule: 'volume', subject: 'transactions:volume' })).toMatchObject({
    alert_type: 'data_quality',
    labels: { rule: 'volume', pipeline: 'transactions' },
  });
  expect(stateKey({ rule: 'latency' })).toBe('latency');
});
