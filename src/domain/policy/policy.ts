import { z } from 'zod';
import { ACTIONS, type Action, RISKY_ACTIONS } from '../actions/catalogue.ts';
import { componentOf } from '../alert.ts';
import { Duration } from '../duration.ts';
import { nearest } from '../nearest.ts';
import { Component, DEFAULT_SCHEDULE, Systems, systemProblems } from './components.ts';
import { byName, count, interval, positiveShare, section, share } from './fields.ts';
import { overlay, Thresholds } from './thresholds.ts';

const Rule = section({ approval: z.boolean() }).optional();
const Rules = Object.fromEntries(ACTIONS.map((action) => [action, Rule])) as Record<Action, typeof Rule>;

const defaultActions = Object.fromEntries(
  ACTIONS.map((action) => [action, { approval: RISKY_ACTIONS.includes(action) }]),
) as Record<Action, { approval: boolean }>;

const Fields = section({
  /** Named connections to platforms; components name them. */
  systems: Systems,
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
    for (const [at, message] of systemProblems(policy, name)) refuse(at, message);
    if (new Set(component.pipelines.map((each) => each.name)).size < component.pipelines.length)
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
