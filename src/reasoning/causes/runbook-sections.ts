import type { Category } from '../../domain/catalogue.ts';

/** The runbook sections that treat a cause, best first; the best hit of the search is next. */
export const SECTIONS: Partial<Record<Category, readonly string[]>> = {
  upstream_change: ['runbook_model_drift.md#section-3-2', 'runbook_data_quality.md#section-3-2'],
  seasonal_shift: ['runbook_model_drift.md#section-4-3', 'runbook_model_drift.md#section-3-2'],
  concept_drift: ['runbook_model_drift.md#section-3-3', 'runbook_retraining.md#section-2'],
  source_outage: ['runbook_data_quality.md#section-4-2', 'runbook_data_quality.md#section-3-2'],
  pipeline_failure: ['runbook_data_quality.md#section-4-3', 'runbook_data_quality.md#section-3-2'],
  duplicate_load: ['runbook_data_quality.md#section-4-4', 'runbook_data_quality.md#section-3-2'],
  training_data_corruption: ['runbook_rollback.md#section-3-1', 'runbook_rollback.md#section-2'],
  model_regression: ['runbook_rollback.md#section-3-1', 'runbook_rollback.md#section-2'],
  traffic_surge: ['runbook_latency_spike.md#section-3-2', 'runbook_scaling.md#section-2'],
  resource_saturation: ['runbook_latency_spike.md#section-3-2', 'runbook_scaling.md#section-2'],
  slow_model: ['runbook_latency_spike.md#section-3-2'],
  attack_wave: ['runbook_anomaly_spike.md#section-3-2'],
};
