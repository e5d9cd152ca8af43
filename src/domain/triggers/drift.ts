import type { Measurement } from '../measurement.ts';
import type { Thresholds } from '../policy.ts';
import type { Drift, FeatureShift } from '../stats/drift.ts';
import { count, level, type Measured, shortQuery } from './level.ts';

/** At most this many features are named with their PSI in an aggregate's numbers and text. */
const NAMED = 5;

/**
 * Aggregate drift: corrected PSI weighted by importance, over its threshold. Both samples need `min_samples` rows.
 * @param clearBelow share of the threshold below which it clears
 */
export function modelDrift(
  drift: Drift,
  measured: Measured,
  limits: Thresholds['model_drift'],
  clearBelow: number,
): Measurement {
  const value = drift.aggregate;
  const threshold = limits.aggregate_psi;
  const drifted = drift.features
    .filter((feature) => feature.drifted)
    .sort((a, b) => b.psi_corrected * b.importance - a.psi_corrected * a.importance)
    .slice(0, NAMED);
  return {
    rule: 'model_drift',
    state: level({
      enough: value !== null && Math.min(drift.n_reference, drift.n_current) >= limits.min_samples,
      past: value !== null && value > threshold,
      cleared: value !== null && value < threshold * clearBelow,
    }),
    value,
    threshold,
    window: measured.window,
    samples: { reference: drift.n_reference, current: drift.n_current },
    numbers: {
      ...(value !== null && { drift_score: value, drift_score_raw: drift.aggregate_raw ?? value }),
      ...Object.fromEntries(drifted.map((f) => [`psi_${f.feature}`, f.psi_corrected])),
      features_drifted: drift.features.filter((f) => f.drifted).length,
    },
    query: shortQuery(measured.query),
    text: driftText(drift, drifted, measured.version, threshold),
  };
}

function driftText(drift: Drift, drifted: FeatureShift[], version: string, threshold: number): string {
  const rows = `over ${count(drift.n_current)} rows of ${version}`;
  if (drift.aggregate === null) return `No feature to measure drift on, ${rows}`;
  const others = drift.features.filter((feature) => !drifted.includes(feature));
  const highest = Math.max(0, ...others.map((feature) => feature.psi_corrected));
  const named = drifted.map((f) => `${f.feature} ${f.psi_corrected.toFixed(2)}`).join(', ');
  const rest = others.length
    ? `${others.length}${named ? ' others' : ' features'} at most ${highest.toFixed(2)}`
    : '';
  return `Aggregate PSI ${drift.aggregate.toFixed(2)} (limit ${threshold.toFixed(2)}) ${rows}; ${[named, rest].filter(Boolean).join('; ')}`;
}

/**
 * A warning per important feature: corrected PSI over its threshold and significant after Benjamini-Hochberg. Features
 * under `feature_importance` are not judged on their own.
 */
export function featureDrift(
  drift: Drift,
  measured: Measured,
  limits: Thresholds['model_drift'],
  clearBelow: number,
): Measurement[] {
  return drift.features
    .filter((feature) => feature.importance >= limits.feature_importance)
    .map((f) => ({
      rule: 'feature_drift',
      state: level({
        enough: Math.min(f.n_reference, f.n_current) >= limits.min_samples,
        past: f.drifted,
        cleared: f.psi_corrected < limits.feature_psi * clearBelow,
      }),
      subject: f.feature,
      value: f.psi_corrected,
      threshold: limits.feature_psi,
      window: measured.window,
      samples: { reference: f.n_reference, current: f.n_current },
      numbers: {
        psi: f.psi_corrected,
        psi_raw: f.psi,
        ks: f.ks,
        p_value: f.p_value,
        importance: f.importance,
        nulls: f.nulls_current,
      },
      query: shortQuery(measured.query),
      text: `${f.feature}: PSI ${f.psi_corrected.toFixed(2)} (limit ${limits.feature_psi.toFixed(2)}), KS ${f.ks.toFixed(2)}, mean ${f.mean_reference.toFixed(2)} → ${f.mean_current.toFixed(2)}, ${count(f.n_current)} rows of ${measured.version}`,
    }));
}
