import { type Alert, type AlertType, compareSeverity } from './alert.ts';
import type { Measurement } from './measurement.ts';

/** Pure, so that workflow code may import it. */

/** The series of a trend that dates a fault of this kind when no feature does. */
export const OWN_SERIES: Record<AlertType, 'f1' | 'flagged_share' | 'latency_p99_ms'> = {
  model_drift: 'f1',
  data_quality: 'flagged_share',
  accuracy_drop: 'f1',
  latency: 'latency_p99_ms',
  anomaly_spike: 'flagged_share',
};

/** Among alerts of equal severity the one nearer to a cause leads: input before output before speed. */
const ORDER: readonly AlertType[] = [
  'model_drift',
  'data_quality',
  'accuracy_drop',
  'latency',
  'anomaly_spike',
];

/** The alert that leads the incident: the worst one, then by a fixed order of types, then the earliest. */
export function leadingAlert(alerts: readonly Alert[]): Alert {
  const [first] = [...alerts].sort(
    (a, b) =>
      compareSeverity(b.severity, a.severity) ||
      ORDER.indexOf(a.alert_type) - ORDER.indexOf(b.alert_type) ||
      a.starts_at.localeCompare(b.starts_at),
  );
  if (!first) throw new RangeError('expected at least one alert to investigate, got none');
  return first;
}

/** Which of the five strategies investigates these alerts. @throws RangeError without alerts */
export function strategyOf(alerts: readonly Alert[]): AlertType {
  return leadingAlert(alerts).alert_type;
}

/** Features whose drift rule fires, strongest first, from measurements or from the alerts' own. */
function driftedFeatures(measurements: readonly Measurement[]): string[] {
  const firing = measurements.filter((m) => m.rule === 'feature_drift' && m.state === 'firing' && m.subject);
  firing.sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  return [...new Set(firing.map((m) => m.subject!))].slice(0, 5);
}

/** The queries for the knowledge base, with the features that the alerts show to have drifted. */
export function searchQueries(
  strategy: AlertType,
  alerts: readonly Alert[],
): { runbooks: string; incidents: string } {
  const features = driftedFeatures(alerts.flatMap((alert) => alert.measurement ?? [])).join(' ');
  switch (strategy) {
    case 'model_drift':
      return {
        runbooks: `what causes high drift in features of the fraud detection model`,
        incidents: `${features} drift historical incidents: upstream vendor change, schema, F1`,
      };
    case 'data_quality':
      return {
        runbooks: `what causes null rate, schema violations, missing or duplicate batches in the pipeline`,
        incidents: `data quality null rate schema violations pipeline batch volume duplicate source outage ${features}`,
      };
    case 'accuracy_drop':
      return {
        runbooks: `F1 fell: compare model versions, training data, concept drift, causes`,
        incidents: `F1 accuracy drop model version training data labels concept drift ${features}`,
      };
    case 'latency':
      return {
        runbooks: `what causes prediction latency p99 above limit: traffic, saturation, slow model`,
        incidents: `latency p99 traffic cpu queue batch size model size replicas`,
      };
    case 'anomaly_spike':
      return {
        runbooks: `what causes a spike in the share of flagged predictions: attack, drift, model version`,
        incidents: `spike flagged predictions fraud attack segment precision ${features}`,
      };
    default: {
      const never: never = strategy;
      throw new RangeError(`no strategy for ${never}`);
    }
  }
}
