import { CLASSIFIER } from '../models.ts';
import { type Fault, type FaultScope, scopeOf } from './fault.ts';
import { attackWave, conceptDrift } from './fraud.ts';
import { seasonalShift, sourceOutage, upstreamChange } from './inputs.ts';
import { duplicateLoad, pipelineFailure } from './loading.ts';
import { modelRegression, trainingDataCorruption } from './releases.ts';
import { resourceSaturation, slowModel, trafficSurge } from './serving.ts';

/** `POST /simulate/{fault}`: the faults of a model, one for each root cause that a diagnosis can name. */
export const faultsOf = (scope: FaultScope) =>
  ({
    upstream_change: upstreamChange(scope),
    source_outage: sourceOutage(scope),
    seasonal_shift: seasonalShift(scope),
    concept_drift: conceptDrift(scope),
    training_data_corruption: trainingDataCorruption(scope),
    model_regression: modelRegression(scope),
    pipeline_failure: pipelineFailure(),
    duplicate_load: duplicateLoad(),
    traffic_surge: trafficSurge(),
    resource_saturation: resourceSaturation(),
    slow_model: slowModel(),
    attack_wave: attackWave(scope),
  }) satisfies Record<string, Fault>;

/** The faults of the classifier. */
export const FAULTS = faultsOf(scopeOf(CLASSIFIER));

/** The faults of the shared pipeline: those of its source. */
export const SHARED_FAULTS: readonly string[] = [
  'upstream_change',
  'source_outage',
] satisfies (keyof typeof FAULTS)[];
