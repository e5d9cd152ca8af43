import { type Alert, compareSeverity, type Severity } from '../../src/domain/alert.ts';
import type { Symptom } from '../../src/domain/incident.ts';
import { isAboutMonitoring } from '../../src/domain/triggers/alert.ts';

/** The meaning of a newly arrived alert to the incident it joins. */
export type Arrival = 'new' | 'repeat' | 'worse' | 'resolved' | 'uncounted';

/** More kinds of symptom than any real fault has: labels of foreign alerts could make any number. */
const MAX_SYMPTOMS = 50;

/** Adds an alert to the symptoms: the same fingerprint is counted, another one joins. */
export function addAlert(symptoms: Symptom[], alert: Alert): Arrival {
  const known = symptoms.find((symptom) => symptom.fingerprint === alert.fingerprint);
  if (!known) {
    if (symptoms.length >= MAX_SYMPTOMS) return 'uncounted';
    symptoms.push({
      alert_id: alert.alert_id,
      alert_type: alert.alert_type,
      severity: alert.severity,
      affected_component: alert.affected_component,
      fingerprint: alert.fingerprint,
      summary: alert.summary,
      source: alert.source,
      metrics: alert.metrics,
      status: alert.status,
      count: alert.count ?? 1,
      first_at: alert.timestamp,
      last_at: alert.timestamp,
    });
    return alert.status === 'resolved' ? 'resolved' : 'new';
  }
  known.count += alert.count ?? 1;
  if (alert.timestamp > known.last_at) known.last_at = alert.timestamp;
  known.status = alert.status;
  if (alert.status === 'resolved') return 'resolved';
  known.metrics = alert.metrics;
  const worse = compareSeverity(alert.severity, known.severity) > 0;
  if (worse) {
    known.severity = alert.severity;
    known.summary = alert.summary;
  }
  return worse ? 'worse' : 'repeat';
}

/**
 * Whether an alert that arrives in the cooldown is worse than the incident that just ended: more severe, or of another kind
 * than those known. That something cannot be measured is a kind of its own.
 */
export function isWorse(alert: Alert, severity: Severity, known: readonly Alert[]): boolean {
  if (alert.status === 'resolved') return false;
  const kind = isAboutMonitoring(alert);
  const seen = known.some((each) => each.alert_type === alert.alert_type && isAboutMonitoring(each) === kind);
  return compareSeverity(alert.severity, severity) > 0 || (!seen && alert.severity !== 'info');
}

/** The alerts of an incident: the latest of each symptom. Reads and changes the state that the run carries; does no I/O. */
export class Alerts {
  readonly #state: { alerts: Alert[] };
  readonly #considered: () => readonly string[];

  /** @param considered alert types that the last diagnosis knew */
  constructor(state: { alerts: Alert[] }, considered: () => readonly string[]) {
    this.#state = state;
    this.#considered = considered;
  }

  /** Keeps an alert in place of the one before of its symptom. */
  keep(alert: Alert): void {
    const others = this.#state.alerts.filter((each) => each.fingerprint !== alert.fingerprint);
    this.#state.alerts = [...others, alert];
  }

  get all(): readonly Alert[] {
    return this.#state.alerts;
  }

  /** Those of symptoms: an alert about monitoring itself is none beside others, because it names no cause. */
  get symptoms(): Alert[] {
    return this.#state.alerts.filter((alert) => !isAboutMonitoring(alert));
  }

  /** Nothing is known but that something cannot be measured. */
  get onlyMonitoring(): boolean {
    return this.symptoms.length === 0;
  }

  /** Alerts of symptoms that still fire, or all when none does. */
  get leading(): Alert[] {
    const all = this.onlyMonitoring ? this.#state.alerts : this.symptoms;
    const firing = all.filter((alert) => alert.status === 'firing');
    return firing.length > 0 ? firing : all;
  }

  /** Whether a kind of symptom fires that the last diagnosis did not know. */
  get hasNewType(): boolean {
    return this.leading.some((a) => a.status === 'firing' && !this.#considered().includes(a.alert_type));
  }
}
