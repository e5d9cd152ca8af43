import type { Measurement } from '../measurement.ts';
import { type ComponentPolicy, pipelinesOf } from '../policy/components.ts';
import { type Episode, type MonitorRuleState, type nextState, stateKey } from './episodes.ts';

type States = Readonly<Record<string, MonitorRuleState>>;
type Components = Pick<ComponentPolicy, 'components'>;

/** Keys under which the Monitor remembers what is wrong with a pipeline. */
export const pipelineKeys = (pipeline: string): string[] => [
  stateKey({ rule: 'data_quality', subject: pipeline }),
  stateKey({ rule: 'volume', subject: `${pipeline}:volume` }),
];

/** What a pipeline's fault may do to a model. Latency is none of it. */
const CONSEQUENCES: readonly Measurement['rule'][] = [
  'model_drift',
  'feature_drift',
  'accuracy_drop',
  'anomaly_spike',
];

/** A pipeline that feeds an earlier component of the policy, too: the first of them tells of its faults. */
export function tellersOf(policy: Components, component: string): { pipeline: string; teller: string }[] {
  return pipelinesOf(policy, component).flatMap(({ name }) => {
    const teller = Object.keys(policy.components).find((each) =>
      pipelinesOf(policy, each).some((pipeline) => pipeline.name === name),
    )!;
    return teller === component ? [] : [{ pipeline: name, teller }];
  });
}

/** A fault of a shared pipeline that another component's alert tells of. */
export interface ToldFault {
  pipeline: string;
  /** When that alert's episode began. */
  since: string;
}

/** The faults of a pipeline for which the telling component's alert is out. */
export function toldFaults(pipeline: string, teller: States): ToldFault[] {
  return pipelineKeys(pipeline).flatMap((key) => {
    const known = teller[key];
    return known?.firing && known.last_sent !== null ? [{ pipeline, since: known.since }] : [];
  });
}

/**
 * Takes back what a poll would raise about faults that another component's alert tells of: the pipeline's own alert, and, where
 * the component shows the pipeline's fault itself, drift, accuracy and anomalies that began no earlier. Each stays remembered
 * and is raised once the other alert is over, if it still fires then. What was sent before is not held back.
 */
export function holdBack(
  before: States,
  step: ReturnType<typeof nextState>,
  told: readonly ToldFault[],
): ReturnType<typeof nextState> {
  const shown = told.filter(({ pipeline }) => pipelineKeys(pipeline).some((key) => step.state[key]?.firing));
  const isHeld = ({ measurement, since }: Episode) => {
    const key = stateKey(measurement);
    if (before[key]?.last_sent) return false;
    return shown.some(
      (fault) =>
        pipelineKeys(fault.pipeline).includes(key) ||
        (CONSEQUENCES.includes(measurement.rule) && since >= fault.since),
    );
  };
  const state = { ...step.state };
  for (const { measurement } of step.raise.filter(isHeld)) {
    const key = stateKey(measurement);
    state[key] = { ...state[key]!, last_sent: null, severity: null, held: true };
  }
  return { ...step, state, raise: step.raise.filter((episode) => !isHeld(episode)) };
}
