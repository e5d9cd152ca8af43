import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { Capability, ComponentStatus } from '../../src/domain/component-status.ts';
import { previousVersion } from '../../src/domain/deployment-history.ts';
import { pipelinesOf, systemOf } from '../../src/domain/policy/components.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import type { RemediateActivities } from '../../workflows/contracts/remediate.ts';
import { permanentErrorsFail } from '../permanent.ts';
import type { RemediateDeps } from './deps.ts';

/** One component of one policy, and the port to ask. */
interface Subject {
  platforms: RemediateDeps['platforms'];
  policy: Policy;
  component: string;
  model: string;
  signal: AbortSignal;
}

/**
 * Reads a component's systems, as far as `needs` names them. A capability that policy gives to no system is null.
 * @throws ApplicationFailure `UnknownComponent`, `UnknownModel`, `UnknownVersion` (not retried); PlatformError
 */
export function componentStatus({
  platforms,
  policies,
}: RemediateDeps): RemediateActivities['component_status'] {
  return ({ component, policy: version, needs }) =>
    permanentErrorsFail(async (): Promise<ComponentStatus> => {
      const policy = await policies.at(version);
      const configured = policy.components[component];
      if (!configured)
        throw ApplicationFailure.nonRetryable(
          `component "${component}" is not in the policy of this incident`,
          'UnknownComponent',
        );
      const { model } = configured;
      const subject: Subject = { platforms, policy, component, model, signal: cancellationSignal() };
      const wanted = <T>(need: Capability, read: (subject: Subject) => Promise<T>): Promise<T | null> =>
        needs.includes(need) ? read(subject) : Promise.resolve(null);
      const [registry, trainer, pipelines, serving] = await Promise.all([
        wanted('registry', registryOf),
        wanted('trainer', trainerOf),
        wanted('pipelines', pipelineStatusOf),
        wanted('serving', servingOf),
      ]);
      return { model, registry, trainer, pipelines, serving };
    });
}

async function registryOf({ platforms, policy, component, model, signal }: Subject) {
  const name = systemOf(policy, component, 'registry');
  if (!name) return null;
  const system = platforms.reference(name);
  const record = (await platforms.port('registry', name).models([model], signal)).get(model);
  if (!record)
    throw ApplicationFailure.nonRetryable(
      `${name} (${system.address}) knows no model "${model}"; correct the component's model in the policy file`,
      'UnknownModel',
    );
  const active = record.versions.find(({ version }) => version === record.active_version);
  if (!active)
    throw ApplicationFailure.nonRetryable(
      `${name} shows ${record.active_version} as live but lists only ${record.versions.map((v) => v.version).join(', ')}`,
      'UnknownVersion',
    );
  const before = previousVersion(record.deployments, record.active_version);
  const isKnown = record.versions.some(({ version }) => version === before);
  return {
    system,
    activeVersion: record.active_version,
    previousVersion: isKnown ? before : null,
    baselineF1: active.baseline.f1,
  };
}

async function trainerOf({ platforms, policy, component }: Subject) {
  const name = systemOf(policy, component, 'trainer');
  return name ? { system: platforms.reference(name) } : null;
}

/** In the policy's order; a pipeline that its runner does not know is left out. Null: policy names none. */
async function pipelineStatusOf({ platforms, policy, component, signal }: Subject) {
  const configured = pipelinesOf(policy, component);
  if (configured.length === 0) return null;
  const bySystem = Map.groupBy(configured, ({ system }) => system);
  const lists = await Promise.all(
    [...bySystem].map(([system, of]) =>
      platforms.port('pipelines', system).list(
        of.map(({ name, job }) => ({ pipeline: name, job })),
        signal,
      ),
    ),
  );
  const known = lists.flat();
  return configured.flatMap(({ name, system, job }) => {
    const pipeline = known.find((each) => each.name === name);
    if (!pipeline) return [];
    const { feeds, last_status, last_run_at } = pipeline;
    return [
      {
        ...{ name, system: platforms.reference(system), job, feeds },
        ...{ lastStatus: last_status, lastRunAt: last_run_at },
      },
    ];
  });
}

async function servingOf({ platforms, policy, component, model, signal }: Subject) {
  const name = systemOf(policy, component, 'serving');
  if (!name) return null;
  const { replicas, cpu, queue } = await platforms.port('serving', name).infrastructure(model, signal);
  return { system: platforms.reference(name), replicas, cpu, queue };
}
