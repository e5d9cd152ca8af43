import type { Fault } from './fault.ts';
import { attackWave, conceptDrift } from './fraud.ts';
import { seasonalShift, sourceOutage, upstreamChange } from './inputs.ts';
import { duplicateLoad, pipelineFailure } from './loading.ts';
import { modelRegression, trainingDataCorruption } from './releases.ts';
import { resourceSaturation, slowModel, trafficSurge } from './serving.ts';

/** `POST /simulate/{fault}`: the faults that can be simulated, one for each root cause that a diagnosis can name. */
export const FAULTS = {
  upstream_change: upstreamChange,
  source_outage: sourceOutage,
  seasonal_shift: seasonalShift,
  concept_drift: conceptDrift,
  training_data_corruption: trainingDataCorruption,
  model_regression: modelRegression,
  pipeline_failure: pipelineFailure,
  duplicate_load: duplicateLoad,
  traffic_surge: trafficSurge,
  resource_saturation: resourceSaturation,
  slow_model: slowModel,
  attack_wave: attackWave,
} satisfies Record<string, Fault>;
