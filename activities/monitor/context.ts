import { ApplicationFailure, log } from '@temporalio/activity';
import type { TimeWindow } from '../../src/domain/measurement.ts';
import type { Deployment, ModelInfo, ModelVersion } from '../../src/domain/platform.ts';
import { type Policy, type Thresholds, thresholdsOf, windowOf } from '../../src/domain/policy.ts';
import { earlier, later } from '../../src/domain/text.ts';
import { type Platform, PlatformError } from '../../src/platform/port.ts';
import type { Store } from '../../src/store/port.ts';
import type { Warehouse } from '../../src/warehouse/port.ts';
import type { ComponentCheck } from '../../workflows/contracts.ts';

/** What the measuring tools close over. */
export interface MonitorDeps {
  warehouse: Warehouse;
  platform: Platform;
  store: Pick<Store, 'document' | 'putDocument' | 'saveEvidence' | 'monitorState'>;
  /** Read at every call, so that a changed policy file takes effect. */
  policy: () => Policy;
  /** Warehouse time. */
  now: () => Date;
}

/** What is measured: one version of a component's model, over which rows. */
export interface Subject {
  component: string;
  model: string;
  pipelines: string[];
  thresholds: Thresholds;
  /** Share of a threshold below which a firing rule clears. */
  clearBelow: number;
  /** The version whose rows are judged, with its baseline, importances and training rows. */
  version: ModelVersion;
  features: string[];
  /** Rows of that version since its deployment or the start of the policy's window, whichever is later. */
  window: TimeWindow;
  /** The same, as much earlier as labels take to arrive. */
  labelled: TimeWindow;
  /** The policy's whole window, whatever version served: what came in. */
  arrivals: TimeWindow;
  /** Null when the platform did not say, and what it last said was used. */
  activeVersion: string | null;
}

/** Milliseconds; a platform that takes longer is away. */
const PLATFORM_ANSWERS_WITHIN = 15_000;

interface Known {
  info: ModelInfo;
  deployments: Deployment[];
}

/**
 * Resolves what a request is about.
 * @throws ApplicationFailure `UnknownComponent`, `UnknownModel`, `UnknownVersion` (not retried); PlatformError
 */
export async function subjectOf(
  deps: MonitorDeps,
  request: ComponentCheck,
  signal: AbortSignal,
): Promise<Subject> {
  const policy = deps.policy();
  const configured = policy.components[request.component];
  if (configured === undefined)
    throw ApplicationFailure.nonRetryable(
      `component "${request.component}" is not in the policy, which has ${Object.keys(policy.components).join(', ') || 'none'}; add it under components in the policy file to have it measured`,
      'UnknownComponent',
    );
  const { info, deployments, live } = await knownModel(deps, configured.model, signal);
  const name = request.version ?? info.active_version;
  const version = info.versions.find((candidate) => candidate.version === name);
  if (version === undefined)
    throw ApplicationFailure.nonRetryable(
      `model ${configured.model} has no version "${name}", only ${info.versions.map((v) => v.version).join(', ')}`,
      'UnknownVersion',
    );
  const now = deps.now().getTime();
  const length = windowOf(policy, request.component);
  const deployed = deployments.findLast((deployment) => deployment.to === name)?.at;
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
    features: info.features,
    window: judged(now),
    labelled: judged(now - configured.label_delay),
    arrivals: within(later(start, request.since ?? start), now),
    activeVersion: live ? info.active_version : null,
  };
}

/**
 * The platform's word on the model, kept each time it changes. While the platform is away the last word stands in: versions,
 * baselines and importances do not change, so the warehouse's rows can still be judged.
 */
async function knownModel(
  deps: MonitorDeps,
  model: string,
  signal: AbortSignal,
): Promise<Known & { live: boolean }> {
  const key = `model:${model}`;
  const kept = await deps.store.document<Known>(key);
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(PLATFORM_ANSWERS_WITHIN)]);
  try {
    const [info, deployments] = await Promise.all([
      deps.platform.modelInfo(inTime),
      deps.platform.deployments(inTime),
    ]);
    if (info.model !== model)
      throw ApplicationFailure.nonRetryable(
        `expected the platform to serve model "${model}", it serves "${info.model}"; correct the component's model in the policy file`,
        'UnknownModel',
      );
    const known = { info, deployments };
    if (JSON.stringify(known) !== JSON.stringify(kept)) await deps.store.putDocument(key, known);
    return { ...known, live: true };
  } catch (error) {
    if (!(error instanceof PlatformError) || error.permanent || kept === null) throw error;
    log.warn('platform does not answer, its last word on the model is used', {
      model,
      error: error.message,
    });
    return { ...kept, live: false };
  }
}
