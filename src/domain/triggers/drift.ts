import type { Measurement } from '../measurement.ts';
import type { Thresholds } from '../policy/thresholds.ts';
import type { Drift, FeatureShift } from '../stats/drift.ts';
import { count, fixed } from '../text.ts';
import { conclude, finite, type Measured } from './level.ts';

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
  return conclude(
    {
      rule: 'model_drift',
      is: {
        enough: Math.min(drift.n_reference, drift.n_current) >= limits.min_samples,
        past: value !== null && value > threshold,
        cleared: value !== null && value < threshold * clearBelow,
      },
      value,
      threshold,
      samples: { reference: drift.n_reference, current: drift.n_current },
      numbers: {
        ...(value !== null && { drift_score: value, drift_score_raw: drift.aggregate_raw }),
        ...Object.fromEntries(drifted.map((f) => [`psi_${f.feature}`, f.psi_corrected])),
        features_drifted: drift.features.filter((f) => f.drifted).length,
      },
      text: driftText(drift, drifted, measured.version, threshold),
      clears: `below ${fixed(threshold * clearBelow)} aggregate PSI with at least ${count(limits.min_samples)} rows`,
    },
    measured,
  );
}

function driftText(drift: Drift, drifted: FeatureShift[], version: string, threshold: number): string {
  const rows = `over ${count(drift.n_current)} rows of ${version}`;
  if (drift.aggregate === null) return `No feature to measure drift on, ${rows}`;
  const others = drift.features.filter((feature) => !drifted.includes(feature));
  const highest = Math.max(0, ...others.map((feature) => feature.psi_corrected));
  const named = drifted.map((f) => `${f.feature} ${fixed(f.psi_corrected)}`).join(', ');
  const rest = others.length
    ? `${others.length}${named ? ' others' : ' features'} at most ${fixed(highest)}`
    : '';
  return `Aggregate PSI ${fixed(drift.aggregate)} (limit ${fixed(threshold)}) ${rows}; ${[named, rest].filter(Boolean).join('; ')}`;
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
    .map((f) =>
      conclude(
        {
          rule: 'feature_drift',
          is: {
            enough: Math.min(f.n_reference, f.n_current) >= limits.min_samples,
            past: f.drifted,
            cleared: f.psi_corrected < limits.feature_psi * clearBelow,
          },
          subject: f.feature,
          value: f.psi_corrected,
          threshold: limits.feature_psi,
          samples: { reference: f.n_reference, current: f.n_current },
          numbers: {
            psi: f.psi_corrected,
            psi_raw: f.psi,
            ks: f.ks,
            p_value: f.p_value,
            importance: f.importance,
            nulls: f.nulls_current,
          },
          text: `${f.feature}: PSI ${fixed(f.psi_corrected)} (limit ${fixed(limits.feature_psi)}), KS ${fixed(f.ks)}, mean ${mean(f.mean_reference)} → ${mean(f.mean_current)}, ${count(f.n_current)} rows of ${measured.version}`,
          clears: `below ${fixed(limits.feature_psi * clearBelow)} PSI of ${f.feature} with at least ${count(limits.min_samples)} rows`,
        },
        measured,
      ),
    );
}

/** A feature without any value has no mean. */
function mean(value: number): string {
  return finite(value) === null ? 'none' : fixed(value);
}
