import type { Alert, AlertInput, AlertType } from '../alert.ts';
import type { Measurement } from '../measurement.ts';
import { listNames } from '../text.ts';
import { severityOf } from './severity.ts';

/** `source` of every alert that our own Monitor raises. */
export const MONITOR_SOURCE = 'agentops-monitor';

/** The alert type under which a rule is raised (design §2 has five). */
export const ALERT_TYPE_OF: Record<Measurement['rule'], AlertType> = {
  model_drift: 'model_drift',
  feature_drift: 'model_drift',
  accuracy_drop: 'accuracy_drop',
  data_quality: 'data_quality',
  volume: 'data_quality',
  latency: 'latency',
  anomaly_spike: 'anomaly_spike',
  monitoring: 'data_quality',
};

/** Whether our own Monitor says by it that a tool, `labels.tool`, cannot measure. */
export function isAboutMonitoring({ source, labels }: Pick<Alert, 'source' | 'labels'>): boolean {
  return source === MONITOR_SOURCE && labels.rule === 'monitoring';
}

/** Numbers of the whole poll that every alert carries beside its own, as design §2 shows. */
const HEADLINES: readonly string[] = ['current_f1', 'baseline_f1', 'drift_score'];

/** The headline numbers among what was measured of a component. */
export function headlinesOf(measurements: readonly Measurement[]): Record<string, number> {
  return Object.fromEntries(
    measurements
      .flatMap(({ numbers }) => Object.entries(numbers))
      .filter(([name]) => HEADLINES.includes(name)),
  );
}

/**
 * The alert of a measurement. The same episode (rule, subject, start) has the same `source_key`, hence the same alert id,
 * whether it is raised, repeated or resolved.
 * @param activeVersion `v2` makes the affected component `classifier_v2`; null when the platform did not say
 * @param episode when the rule began to fire; `headlines` of everything that was measured with it; `alsoFeeds`: other
 * components that the pipeline at fault feeds, for which this alert stands
 */
export function toAlertInput(
  measurement: Measurement,
  component: string,
  activeVersion: string | null,
  now: Date,
  episode: {
    since: string;
    status?: 'firing' | 'resolved';
    headlines?: Readonly<Record<string, number>>;
    alsoFeeds?: readonly string[];
  },
): AlertInput & { source: string; source_key: string } {
  const { rule, subject, window } = measurement;
  const { alsoFeeds = [] } = episode;
  return {
    alert_type: ALERT_TYPE_OF[rule],
    severity: severityOf(measurement),
    affected_component: withVersion(component, activeVersion),
    metrics: {
      ...episode.headlines,
      ...measurement.numbers,
      ...(measurement.value !== null && { value: measurement.value }),
      threshold: measurement.threshold,
    },
    timestamp: now.toISOString(),
    status: episode.status ?? 'firing',
    summary: said(measurement, alsoFeeds).slice(0, 500),
    labels: {
      rule,
      ...subjectLabel(measurement),
      ...(alsoFeeds.length > 0 && { also_feeds: alsoFeeds.join(', ') }),
      ...(activeVersion !== null && { model_version: activeVersion }),
      window_from: window.from,
      window_to: window.to,
    },
    starts_at: episode.since,
    source: MONITOR_SOURCE,
    source_key: `monitor:${component}:${rule}:${(subject ?? '').slice(0, 60)}:${episode.since}`,
  };
}

/** What was found, whom else it concerns and, while it fires, what would clear it. */
function said({ state, text, clears }: Measurement, alsoFeeds: readonly string[]): string {
  const found = alsoFeeds.length > 0 ? `${text}; it also feeds ${listNames(alsoFeeds)}` : text;
  return state === 'firing' && clears !== undefined ? `${found}; ${clears}` : found;
}

/** Only a version written `v2` goes into the name: others could not be told from the component's own. */
function withVersion(component: string, version: string | null): string {
  return version !== null && /^v\d+$/i.test(version) ? `${component}_${version}` : component;
}

function subjectLabel({ rule, subject }: Measurement): Record<string, string> {
  if (subject === undefined) return {};
  if (rule === 'monitoring') return { tool: subject };
  return rule === 'feature_drift' ? { feature: subject } : { pipeline: subject.replace(/:volume$/, '') };
}
