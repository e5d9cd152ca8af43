import { expect, test } from '@jest/globals';
import { groupsOf, Policy, thresholdsOf, windowOf } from './policy.ts';
import { Thresholds } from './thresholds.ts';

const MINUTE = 60_000;
const component = (more: object = {}) => ({ model: 'classifier', ...more });
const policy = Policy.parse({
  components: {
    classifier: component(),
    payments: component({ schedule: 'often', window: '15m' }),
    ranker: component({ thresholds: { model_drift: { aggregate_psi: 0.5 }, latency: { p99_ms: 200 } } }),
  },
  thresholds: { latency: { p99_ms: 500 } },
  poll: { every: '1m' },
  schedules: { often: { every: '10s', jitter: '500ms' }, never_used: {} },
});

/** Paths and messages of what is wrong. */
const problems = (input: object) =>
  Policy.safeParse(input).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];

test("a component's thresholds lie over the policy's, and those over the defaults", () => {
  const defaults = Thresholds.parse({});
  expect(thresholdsOf(policy, 'classifier')).toEqual({
    ...defaults,
    latency: { p99_ms: 500, min_samples: 100 },
  });
  expect(thresholdsOf(policy, 'ranker')).toEqual({
    ...defaults,
    model_drift: { ...defaults.model_drift, aggregate_psi: 0.5 },
    latency: { p99_ms: 200, min_samples: 100 },
  });
  expect(thresholdsOf(policy, 'unknown')).toEqual(policy.thresholds);
});

test('a component is judged over its own window, else over that of the polls', () => {
  expect(windowOf(policy, 'payments')).toBe(15 * MINUTE);
  expect(windowOf(policy, 'classifier')).toBe(60 * MINUTE);
});

test('components are polled in the groups that they name, with the intervals of `poll` where a group has none', () => {
  expect(groupsOf(policy)).toEqual([
    { name: 'default', every: MINUTE, jitter: 4_000, components: ['classifier', 'ranker'] },
    { name: 'often', every: 10_000, jitter: 500, components: ['payments'] },
  ]);
});

test('an unknown key is refused with the nearest one', () => {
  expect(problems({ components: { c: component({ shedule: 'x' }) } })).toEqual([
    expect.stringMatching(
      /^components\.c: unknown key "shedule", did you mean "schedule"\? expected model, registry, trainer, /,
    ),
  ]);
  expect(
    problems({ components: { c: component({ thresholds: { model_drift: { agregate_psi: 1 } } }) } }),
  ).toEqual([expect.stringContaining('did you mean "aggregate_psi"?')]);
  expect(problems({ components: {}, actions: { retrain: { approval: false } } })).toEqual([
    expect.stringMatching(/^actions: unknown key "retrain"/),
  ]);
});

test('what could never alarm, never clear or never be judged is refused', () => {
  const refused = (more: object) => problems({ components: { c: component() }, ...more });
  expect(refused({ thresholds: { data_quality: { volume_low: 1 } } })).toHaveLength(1);
  expect(refused({ thresholds: { data_quality: { volume_high: 0.9 } } })).toHaveLength(1);
  expect(refused({ thresholds: { model_drift: { feature_psi: 0 } } })).toHaveLength(1);
  expect(refused({ poll: { clear_below: 0 } })).toHaveLength(1);
  expect(refused({ poll: { every: '0s' } })).toEqual(['poll.every: expected at least 1s']);
  expect(refused({ poll: { every: '2h' } })).toEqual([expect.stringMatching(/^poll\.window: .*poll\.every/)]);
  expect(refused({ poll: { every: '1m', jitter: '1m' } })).toEqual([
    expect.stringMatching(/^poll\.jitter: /),
  ]);
  expect(
    problems({
      components: { c: component({ schedule: 'slow', window: '10m' }) },
      schedules: { slow: { every: '1h' } },
    }),
  ).toEqual([expect.stringMatching(/^components\.c\.window: .*schedules\.slow\.every/)]);
});

test('components that would share an incident, and schedules that do not exist, are refused', () => {
  expect(problems({ components: { classifier: component(), classifier_v2: component() } })).toEqual([
    expect.stringMatching(/^components\.classifier_v2: expected a name without version such as "classifier"/),
  ]);
  expect(problems({ components: { c: component({ schedule: 'ofen' }) }, schedules: { often: {} } })).toEqual([
    'components.c.schedule: no such schedule "ofen", did you mean "often"? expected one of default, often',
  ]);
  expect(problems({ components: { c: component({ pipelines: ['p', 'p'] }) } })).toHaveLength(1);
});

test('a component or schedule that nobody named is not known, whatever objects inherit', () => {
  expect(policy.components.constructor).toBeUndefined();
  expect(policy.schedules.toString).toBeUndefined();
  expect(problems({ components: { c: component({ schedule: 'constructor' }) } })).toHaveLength(1);
});
