import { z } from 'zod';
import { ComponentName, componentOf } from './alert.ts';
import { ACTIONS, type Action, RISKY_ACTIONS } from './catalogue.ts';
import { Duration } from './duration.ts';
import { nearest } from './nearest.ts';

const share = z.number().min(0).max(1);
const positiveShare = share.positive();
const count = z.number().int().positive();
const interval = Duration.pipe(z.number().min(1_000, 'expected at least 1s'));

/** An object that refuses keys it does not know, and says which known one is nearest. */
function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const key = issue.keys[0]!;
      const meant = nearest(key, known);
      return `unknown key "${key}"${meant ? `, did you mean "${meant}"?` : ''} expected ${known.join(', ')}`;
    },
  });
}

/** Values by name, and no others: an alert may name `constructor`, which every ordinary object has. */
function byName<Value extends z.ZodType>(value: Value) {
  return z
    .record(ComponentName, value)
    .transform((given): typeof given => Object.assign(Object.create(null), given));
}

const LIMITS = {
  model_drift: section({
    aggregate_psi: z.number().positive(),
    feature_psi: z.number().positive(),
    /** Features from this share of the model's importance on are judged by themselves. */
    feature_importance: share,
    false_discovery_rate: positiveShare,
    min_samples: count,
  }),
  accuracy_drop: section({ relative_drop: positiveShare, min_positives: count }),
  data_quality: section({
    bad_share: positiveShare,
    volume_low: z.number().positive().lt(1),
    volume_high: z.number().gt(1),
    min_records: count,
  }),
  latency: section({ p99_ms: z.number().positive(), min_samples: count }),
  anomaly_spike: section({ points: positiveShare, min_samples: count }),
};

/** Thresholds of the five triggers (design §2). Shares are fractions, latencies milliseconds. */
export type Thresholds = { [Trigger in keyof typeof LIMITS]: z.infer<(typeof LIMITS)[Trigger]> };

const DEFAULTS: Thresholds = {
  model_drift: {
    aggregate_psi: 0.3,
    feature_psi: 0.2,
    feature_importance: 0.05,
    false_discovery_rate: 0.05,
    min_samples: 500,
  },
  accuracy_drop: { relative_drop: 0.05, min_positives: 100 },
  data_quality: { bad_share: 0.05, volume_low: 0.5, volume_high: 2, min_records: 100 },
  latency: { p99_ms: 1000, min_samples: 100 },
  anomaly_spike: { points: 0.1, min_samples: 500 },
};

/** Thresholds that differ from those they are laid over. */
const Overrides = section({
  model_drift: LIMITS.model_drift.partial().optional(),
  accuracy_drop: LIMITS.accuracy_drop.partial().optional(),
  data_quality: LIMITS.data_quality.partial().optional(),
  latency: LIMITS.latency.partial().optional(),
  anomaly_spike: LIMITS.anomaly_spike.partial().optional(),
});
type Overrides = z.infer<typeof Overrides>;

function overlay(base: Thresholds, given: Overrides): Thresholds {
  return {
    model_drift: { ...base.model_drift, ...given.model_drift },
    accuracy_drop: { ...base.accuracy_drop, ...given.accuracy_drop },
    data_quality: { ...base.data_quality, ...given.data_quality },
    latency: { ...base.latency, ...given.latency },
    anomaly_spike: { ...base.anomaly_spike, ...given.anomaly_spike },
  };
}

/** What a policy file says of thresholds, over the defaults. */
export const Thresholds = Overrides.transform((given): Thresholds => overlay(DEFAULTS, given));

/** The Schedule of components that name none. */
export const DEFAULT_SCHEDULE = 'default';

const Component = section({
  /** The model's name in the warehouse and on the platform. */
  model: z.string().min(1),
  /**
   * Pipelines whose batches feed it; their alerts join the component's incident. A pipeline may feed several components:
   * alerts from elsewhere that name only the pipeline join the incident of the first.
   */
  pipelines: z.array(z.string().min(1)).default([]),
  /** Snowflake tasks, `[[database.]schema.]name`, through which pipelines are rerun; the others are rerun by the platform. */
  tasks: z
    .record(z.string().min(1), z.string().regex(/^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*){0,2}$/))
    .optional(),
  /** What differs from the policy's `thresholds` for this component. */
  thresholds: Overrides.default({}),
  /** Instead of `poll.window`. */
  window: interval.optional(),
  /** How long labels take at most: F1 is judged over a window that ended so long ago, where all have arrived. */
  label_delay: Duration.prefault('0s'),
  /** Which of `schedules` polls it. */
  schedule: z.string().default(DEFAULT_SCHEDULE),
});

const Rule = section({ approval: z.boolean() }).optional();
const Rules = Object.fromEntries(ACTIONS.map((action) => [action, Rule])) as Record<Action, typeof Rule>;

const defaultActions = Object.fromEntries(
  ACTIONS.map((action) => [action, { approval: RISKY_ACTIONS.includes(action) }]),
) as Record<Action, { approval: boolean }>;

const Fields = section({
  components: byName(Component),
  thresholds: Thresholds.prefault({}),
  poll: section({
    every: interval.prefault('30s'),
    /** Each poll starts up to this much later, so that groups do not all ask at once. Default: a fifteenth of `every`. */
    jitter: Duration.optional(),
    window: interval.prefault('1h'),
    /** An alert is raised when a rule fires in this many polls in a row. */
    for: count.default(1),
    /** A firing rule clears below this share of its threshold. */
    clear_below: positiveShare.default(0.8),
    /** While a rule keeps firing, its alert is sent again this often. */
    repeat_every: Duration.prefault('10m'),
  }).prefault({}),
  /** Groups of components that are polled together; what one leaves out is as in `poll`. */
  schedules: byName(section({ every: interval.optional(), jitter: Duration.optional() })).prefault({}),
  actions: section(Rules)
    .default({})
    .transform((given): Record<Action, { approval: boolean }> => ({ ...defaultActions, ...given })),
  approvals: section({
    tier_timeout: Duration.prefault('5m'),
    expires_after: Duration.prefault('24h'),
    /** Asked in this order. `approvers` are names of tokens; empty means anyone with the scope. */
    tiers: z
      .array(section({ name: z.string().min(1), approvers: z.array(z.string()).default([]) }))
      .min(1)
      .default([
        { name: 'on-call', approvers: [] },
        { name: 'team-lead', approvers: [] },
      ]),
  }).prefault({}),
  gate: section({
    max_f1_drop: share.default(0.01),
    min_holdout_positives: count.default(1000),
    min_training_rows: count.default(20_000),
  }).prefault({}),
  watch: Duration.prefault('5m'),
  verify: section({
    min_positives: count.default(200),
    every: Duration.prefault('10s'),
    give_up_after: Duration.prefault('30m'),
  }).prefault({}),
  cooldown: Duration.prefault('30m'),
  /** "I'm on it" stops paging for this long. */
  acknowledge_for: Duration.prefault('30m'),
  slack_channel: z.string().default('#ml-alerts'),
  jira_project: z.string().default('ML'),
  github_repository: z.string().default('ml-platform/incidents'),
});
type Fields = z.infer<typeof Fields>;

/** `policy.yaml`: every rule that a team may set, with the defaults of the design. */
export const Policy = Fields.superRefine(checkTogether).meta({ id: 'Policy' });
export type Policy = z.infer<typeof Policy>;

/** The thresholds in force for a component: the policy's, with its own over them. */
export function thresholdsOf(
  policy: Pick<Policy, 'components' | 'thresholds'>,
  component: string,
): Thresholds {
  return overlay(policy.thresholds, policy.components[component]?.thresholds ?? {});
}

/** How far back a component's rows are judged, in milliseconds. */
export function windowOf(policy: Pick<Policy, 'components' | 'poll'>, component: string): number {
  return policy.components[component]?.window ?? policy.poll.window;
}

/** Components that one Schedule polls together; durations in milliseconds. */
export interface PollGroup {
  name: string;
  every: number;
  jitter: number;
  components: string[];
}

/** The policy's Schedules that have components, in the order of the components. */
export function groupsOf(policy: Pick<Policy, 'components' | 'poll' | 'schedules'>): PollGroup[] {
  const members = Map.groupBy(Object.entries(policy.components), ([, { schedule }]) => schedule);
  return [...members].map(([name, components]) => {
    const every = policy.schedules[name]?.every ?? policy.poll.every;
    const jitter = policy.schedules[name]?.jitter ?? policy.poll.jitter ?? Math.round(every / 15);
    return { name, every, jitter, components: components.map(([component]) => component) };
  });
}

/** What no field can say for itself. */
function checkTogether(policy: Fields, context: z.RefinementCtx): void {
  const refuse = (path: string[], message: string) =>
    context.addIssue({ code: 'custom', path, message, input: undefined });
  for (const [name, component] of Object.entries(policy.components)) {
    const path = ['components', name];
    if (componentOf(name) !== name)
      refuse(
        path,
        `expected a name without version such as "${componentOf(name)}": an incident belongs to the component, whichever version is live`,
      );
    if (component.schedule !== DEFAULT_SCHEDULE && !policy.schedules[component.schedule]) {
      const names = [...new Set([DEFAULT_SCHEDULE, ...Object.keys(policy.schedules)])];
      const meant = nearest(component.schedule, names);
      refuse(
        [...path, 'schedule'],
        `no such schedule "${component.schedule}"${meant ? `, did you mean "${meant}"?` : ''} expected one of ${names.join(', ')}`,
      );
    }
    if (new Set(component.pipelines).size < component.pipelines.length)
      refuse([...path, 'pipelines'], 'expected each pipeline once: records would be expected twice');
  }
  for (const { name, every, jitter, components } of groupsOf(policy)) {
    const path = policy.schedules[name] ? ['schedules', name] : ['poll'];
    if (jitter > 0 && jitter >= every)
      refuse([...path, 'jitter'], 'expected less than every, or polls could pass each other');
    for (const component of components) {
      if (windowOf(policy, component) < every)
        refuse(
          policy.components[component]!.window === undefined
            ? ['poll', 'window']
            : ['components', component, 'window'],
          `expected at least ${name === DEFAULT_SCHEDULE ? 'poll' : `schedules.${name}`}.every: rows between two windows would never be judged`,
        );
    }
  }
}
