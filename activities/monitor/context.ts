import { ApplicationFailure } from '@temporalio/activity';
import type { PolicyVersions } from '../../src/config/policy-versions.ts';
import type { TimeWindow } from '../../src/domain/measurement.ts';
import type { ModelVersion } from '../../src/domain/platform.ts';
import { type PipelineSetting, systemOf } from '../../src/domain/policy/components.ts';
import { type Policy, thresholdsOf, windowOf } from '../../src/domain/policy/policy.ts';
import type { Thresholds } from '../../src/domain/policy/thresholds.ts';
import { earlier, later } from '../../src/domain/text.ts';
import type { Platforms } from '../../src/platform/open.ts';
import type { Serving } from '../../src/platform/port.ts';
import type { Store } from '../../src/store/port.ts';
import type { Warehouse } from '../../src/warehouse/port.ts';
import type { CheckRequest, ComponentCheck } from '../../workflows/contracts/monitor.ts';
import type { ModelLookup } from '../models.ts';

/** The clients that the measuring tools close over. */
export interface MonitorDeps {
  warehouse: Warehouse;
  platforms: Pick<Platforms, 'port'>;
  models: ModelLookup;
  store: Pick<Store, 'document' | 'putDocument' | 'saveEvidence' | 'monitorState'>;
  policies: Pick<PolicyVersions, 'at'>;
  /** Warehouse time. */
  now: () => Date;
}

/** One call of a tool: its policy, its moment, and the clients, each asked the same question once. */
export interface Round extends Omit<MonitorDeps, 'policies' | 'now'> {
  policy: Policy;
  now: Date;
  components: string[];
}

/** One component to measure: a version of its model, over which rows. */
export interface Subject {
  component: string;
  model: string;
  pipelines: readonly PipelineSetting[];
  thresholds: Thresholds;
  /** Share of a threshold below which a firing trigger clears. */
  clearBelow: number;
  /** The version whose rows are judged, with its baseline, importances and training rows. */
  version: ModelVersion;
  features: string[];
  /** Rows of that version since its deployment or the start of the policy's window, whichever is later. */
  window: TimeWindow;
  /** The same, as much earlier as labels take to arrive. */
  labelled: TimeWindow;
  /** The policy's whole window, whatever version served: all rows that came in. */
  arrivals: TimeWindow;
  /** Null when the registry did not answer, and its last answer was used. */
  activeVersion: string | null;
}

/**
 * Resolves the component of a request.
 * @throws ApplicationFailure `UnknownComponent`, `NoRegistry`, `UnknownModel`, `UnknownVersion` (not retried); PlatformError
 */
export async function subjectOf(round: Round, request: ComponentCheck): Promise<Subject> {
  const { policy } = round;
  const configured = policy.components[request.component];
  if (configured === undefined)
    throw ApplicationFailure.nonRetryable(
      `component "${request.component}" is not in the policy, which has ${Object.keys(policy.components).join(', ') || 'none'}; add it under components in the policy file to have it measured`,
      'UnknownComponent',
    );
  const until = round.now.toISOString();
  const { record, live } = await round.models.find(policy, request.component, {
    components: round.components,
    until,
  });
  const name = request.version ?? record.active_version;
  const version = record.versions.find((candidate) => candidate.version === name);
  if (version === undefined)
    throw ApplicationFailure.nonRetryable(
      `model ${configured.model} has no version "${name}", only ${record.versions.map((v) => v.version).join(', ')}`,
      'UnknownVersion',
    );
  const now = round.now.getTime();
  const length = windowOf(policy, request.component);
  const deployed = record.deployments.findLast((deployment) => deployment.to === name)?.at;
  const within = (from: string, end: number): TimeWindow => {
    const to = new Date(end).toISOString();
    return { from: earlier(from, to), to };
  };
  const judged = (end: number): TimeWindow => {
    const start = new Date(end - length).toISOString();
    return within(request.since ?? later(start, deployed ?? start), end);
  };
  const start = new Date(now - length).toISOString();
  return {
    component: request.component,
    model: configured.model,
    pipelines: configured.pipelines,
    thresholds: thresholdsOf(policy, request.component),
    clearBelow: policy.poll.clear_below,
    version,
    features: record.features,
    window: judged(now),
    labelled: judged(now - configured.label_delay),
    arrivals: within(later(start, request.since ?? start), now),
    activeVersion: live ? record.active_version : null,
  };
}

/** The system that serves a component's model; null where policy names none. */
export function servingOf({ policy, platforms }: Round, component: string): Serving | null {
  const system = systemOf(policy, component, 'serving');
  return system ? platforms.port('serving', system) : null;
}

/** The components of a request, whose models one registry call brings. */
export function knownComponents(policy: Policy, { components }: CheckRequest): string[] {
  return components.filter((name) => name in policy.components);
}
