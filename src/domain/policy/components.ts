import { z } from 'zod';
import type { Capability } from '../component-status.ts';
import { Duration } from '../duration.ts';
import { nearest } from '../nearest.ts';
import { DEFAULT_SYSTEMS, NO_SYSTEM, SYSTEM_KINDS, type System, type SystemKind } from '../systems.ts';
import { byName, interval, section } from './fields.ts';
import { Overrides } from './thresholds.ts';

/** The Schedule of components that name none. */
export const DEFAULT_SCHEDULE = 'default';
const DEFAULT_SYSTEM = 'platform';

/** Connections by name. Those of DEFAULT_SYSTEMS exist in every policy; a policy may change them. */
export const Systems = byName(
  section({
    kind: z.enum(Object.keys(SYSTEM_KINDS) as [SystemKind, ...SystemKind[]]),
    /** Of `http`: where it is. Default: AGENTOPS_PLATFORM_URL. */
    url: z.url({ protocol: /^https?$/ }).optional(),
  }),
)
  .prefault({})
  .transform(
    (given): Record<string, System> => Object.assign(Object.create(null), { ...DEFAULT_SYSTEMS, ...given }),
  );

/** How a component's pipeline is run. */
export interface PipelineSetting {
  name: string;
  /** The system that runs it. */
  system: string;
  /** The runner's own name for it; null where it is the pipeline's. */
  job: string | null;
  /**
   * Features that it delivers to rows of other pipelines; null for a pipeline that brings the rows themselves. Missing values of
   * these features are its fault.
   */
  features: string[] | null;
}

const PipelineSettings = section({
  system: z.string().default(DEFAULT_SYSTEM),
  job: z.string().min(1).nullable().default(null),
  features: z.array(z.string().min(1)).min(1).nullable().default(null),
});
const pipelineName = z.string().min(1);

const Pipelines = z
  .union(
    [
      z.array(pipelineName),
      z.record(
        pipelineName,
        PipelineSettings.nullable().transform((given) => given ?? PipelineSettings.parse({})),
      ),
    ],
    { error: 'expected a list of pipelines, or settings by pipeline: system, job, features' },
  )
  .default([])
  .transform((given): PipelineSetting[] =>
    Array.isArray(given)
      ? given.map((name) => ({ name, ...PipelineSettings.parse({}) }))
      : Object.entries(given).map(([name, settings]) => ({ name, ...settings })),
  );

/** One component: its model, and which system has which capability for it. */
export const Component = section({
  /** The model's name in the warehouse and on the platform. */
  model: z.string().min(1),
  /** The system that has its versions, or `none`. */
  registry: z.string().default(DEFAULT_SYSTEM),
  /** The system that trains it, or `none`. */
  trainer: z.string().default(DEFAULT_SYSTEM),
  /** The system that serves it, or `none`. */
  serving: z.string().default(DEFAULT_SYSTEM),
  /**
   * Pipelines whose batches feed it; their alerts join the component's incident. A pipeline may feed several components:
   * its own alerts join the incident of the first.
   */
  pipelines: Pipelines,
  /** Differences from the policy's `thresholds` for this component. */
  thresholds: Overrides.default({}),
  /** Instead of `poll.window`. */
  window: interval.optional(),
  /** How long labels take at most: F1 is judged over a window that ended so long ago, where all have arrived. */
  label_delay: Duration.prefault('0s'),
  /** Which of `schedules` polls it. */
  schedule: z.string().default(DEFAULT_SCHEDULE),
});
export type Component = z.infer<typeof Component>;

/** A policy as far as systems are resolved from it. */
export interface ComponentPolicy {
  components: Record<string, Component>;
  systems: Record<string, System>;
}

/** The system that has a capability of a component; null where policy gives it to none, or knows no such component. */
export function systemOf(
  { components }: Pick<ComponentPolicy, 'components'>,
  component: string,
  capability: Exclude<Capability, 'pipelines'>,
): string | null {
  const system = components[component]?.[capability] ?? NO_SYSTEM;
  return system === NO_SYSTEM ? null : system;
}

/** The pipelines of a component, in the policy's order. */
export function pipelinesOf(
  { components }: Pick<ComponentPolicy, 'components'>,
  component: string,
): readonly PipelineSetting[] {
  return components[component]?.pipelines ?? [];
}

/** The capabilities that a component lacks. */
export function missingCapabilities(
  policy: Pick<ComponentPolicy, 'components'>,
  component: string,
): Capability[] {
  const lacks = (['registry', 'trainer', 'serving'] as const).filter(
    (capability) => systemOf(policy, component, capability) === null,
  );
  return pipelinesOf(policy, component).length > 0 ? lacks : [...lacks, 'pipelines'];
}

/** Components beside this one that a pipeline feeds, in the policy's order. */
export function alsoFedBy(
  { components }: Pick<ComponentPolicy, 'components'>,
  pipeline: string,
  component: string,
): string[] {
  return Object.entries(components)
    .filter(([name, { pipelines }]) => name !== component && pipelines.some((each) => each.name === pipeline))
    .map(([name]) => name);
}

/** Names that a component uses of systems that do not exist, or that lack the capability; each as path and message. */
export function systemProblems(
  policy: ComponentPolicy,
  component: string,
): [path: string[], message: string][] {
  const { registry, trainer, serving, pipelines } = policy.components[component]!;
  const used: [path: string[], system: string, capability: Capability][] = [
    [['registry'], registry, 'registry'],
    [['trainer'], trainer, 'trainer'],
    [['serving'], serving, 'serving'],
    ...pipelines.map(
      ({ name, system }) =>
        [['pipelines', name, 'system'], system, 'pipelines'] as [string[], string, Capability],
    ),
  ];
  return used.flatMap(([path, name, capability]) => {
    if (name === NO_SYSTEM && capability !== 'pipelines') return [];
    const problem = problemOf(policy.systems, name, capability);
    return problem ? [[['components', component, ...path], problem] as [string[], string]] : [];
  });
}

function problemOf(systems: ComponentPolicy['systems'], name: string, capability: Capability): string | null {
  const system = systems[name];
  if (!system) {
    const names = Object.keys(systems);
    const meant = nearest(name, [...names, NO_SYSTEM]);
    return `no such system "${name}"${meant ? `, did you mean "${meant}"?` : ''} expected one of ${[...names, NO_SYSTEM].join(', ')}`;
  }
  const offers: readonly Capability[] = SYSTEM_KINDS[system.kind];
  if (offers.includes(capability)) return null;
  return `system "${name}" of kind ${system.kind} has no ${capability}, it offers ${offers.join(', ')}`;
}
