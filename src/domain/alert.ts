import { z } from 'zod';
import { Measurement } from './measurement.ts';

export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export const Severity = z.enum(SEVERITIES).meta({ id: 'Severity' });
export type Severity = z.infer<typeof Severity>;

export const ALERT_TYPES = [
  'model_drift',
  'data_quality',
  'latency',
  'accuracy_drop',
  'anomaly_spike',
] as const;
export const AlertType = z.enum(ALERT_TYPES).meta({ id: 'AlertType' });
export type AlertType = z.infer<typeof AlertType>;

/** A component's name as alerts carry it, with or without a version: `classifier_v2`, `payments`. */
export const ComponentName = z
  .string()
  .min(1)
  .max(80)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'letters, digits, ".", "_" and "-", starting with a letter or digit',
  );

const IsoUtc = z.iso.datetime({ error: 'an ISO 8601 UTC time such as 2026-02-28T14:32:00Z' });
const Labels = z.record(z.string().max(100), z.string().max(1000)).refine(...atMost(50, 'labels'));

/** Keeps one alert small: 200 of them travel in one signal. */
function atMost(most: number, what: string): [(record: object) => boolean, string] {
  return [(record) => Object.keys(record).length <= most, `at most ${most} ${what}`];
}

/**
 * What a client sends to `POST /api/alerts`. Unknown fields are refused, so that a misspelt one is not lost silently.
 * Sending the same `source_key` again gives the same `alert_id` and counts as a repeat of the same incident.
 */
export const AlertInput = z
  .strictObject({
    alert_type: AlertType,
    severity: Severity,
    affected_component: ComponentName,
    metrics: z
      .record(z.string().max(100), z.number())
      .refine(...atMost(100, 'metrics'))
      .default({}),
    timestamp: IsoUtc,
    status: z.enum(['firing', 'resolved']).default('firing'),
    summary: z.string().max(500).optional(),
    labels: Labels.optional(),
    starts_at: IsoUtc.optional(),
    source: z.string().max(100).optional(),
    source_key: z.string().min(1).max(200).optional(),
  })
  .meta({ id: 'AlertInput' });
export type AlertInput = z.infer<typeof AlertInput>;

/** An accepted alert (design §2). `alert_id` counts per UTC day and is allotted by the store before the alert is sent on. */
export const Alert = z
  .object({
    alert_id: z.string().regex(/^alert_\d{4}-\d{2}-\d{2}_\d{3,}$/),
    severity: Severity,
    alert_type: AlertType,
    affected_component: ComponentName,
    metrics: z.record(z.string(), z.number()),
    timestamp: IsoUtc,
    status: z.enum(['firing', 'resolved']),
    /** What makes two alerts the same symptom: type, component without version, and the rule's own subject (a feature). */
    fingerprint: z.string(),
    source: z.string(),
    source_key: z.string(),
    summary: z.string(),
    labels: Labels,
    starts_at: IsoUtc,
    /** The numbers, window, sample sizes and query behind an alert of our own Monitor; absent on foreign alerts. */
    measurement: Measurement.optional(),
    /** How many deliveries of this alert it stands for; absent means one. */
    count: z.number().int().positive().optional(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof Alert>;

/** `classifier_v2` → `classifier`: incidents belong to the component, whatever version is live. */
export function componentOf(affectedComponent: string): string {
  return affectedComponent.replace(/[_-]v\d+$/i, '');
}

/**
 * `model_drift:classifier:V14`: what makes two alerts the same symptom. The subject is the feature or pipeline that the
 * rule looked at, from the labels or as given.
 */
export function fingerprintOf(
  alert: Pick<AlertInput, 'alert_type' | 'affected_component' | 'labels'>,
  subject: string | undefined = alert.labels?.feature ?? alert.labels?.pipeline,
): string {
  const parts = [alert.alert_type, componentOf(alert.affected_component)];
  return [...parts, ...(subject ? [subject] : [])].join(':');
}

const RANK: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };
/** Negative when `a` is less severe than `b`. */
export function compareSeverity(a: Severity, b: Severity): number {
  return RANK[a] - RANK[b];
}
