import { expect, test } from '@jest/globals';
import type { Alert } from '../../src/domain/alert.ts';
import type { Symptom } from '../../src/domain/incident.ts';
import { MONITOR_SOURCE } from '../../src/domain/triggers/alert.ts';
import { addAlert, isWorse } from './symptoms.ts';

const ALERT: Alert = {
  alert_id: 'alert_2026-11-23_001',
  severity: 'warning',
  alert_type: 'model_drift',
  affected_component: 'classifier_v2',
  metrics: { drift_score: 0.32 },
  timestamp: '2026-11-23T08:00:00Z',
  status: 'firing',
  fingerprint: 'model_drift:classifier',
  source: 'test',
  source_key: 'k',
  summary: 'PSI 0.32',
  labels: {},
  starts_at: '2026-11-23T08:00:00Z',
};

test('alerts of one fingerprint are one symptom, counted, with the worst severity and the newest numbers', () => {
  const symptoms: Symptom[] = [];
  expect(addAlert(symptoms, ALERT)).toBe('new');
  expect(addAlert(symptoms, { ...ALERT, count: 150 })).toBe('repeat');
  expect(addAlert(symptoms, { ...ALERT, severity: 'critical', metrics: { drift_score: 0.5 } })).toBe('worse');
  expect(addAlert(symptoms, { ...ALERT, severity: 'info' })).toBe('repeat');
  expect(addAlert(symptoms, { ...ALERT, fingerprint: 'accuracy_drop:classifier' })).toBe('new');
  expect(symptoms).toHaveLength(2);
  expect(symptoms[0]).toMatchObject({ count: 153, severity: 'critical' });
});

test('a resolved alert ends its symptom and a firing one starts it again', () => {
  const symptoms: Symptom[] = [];
  addAlert(symptoms, ALERT);
  expect(addAlert(symptoms, { ...ALERT, status: 'resolved' })).toBe('resolved');
  expect(symptoms[0]?.status).toBe('resolved');
  addAlert(symptoms, ALERT);
  expect(symptoms[0]).toMatchObject({ status: 'firing', count: 3 });
});

test('in a cooldown only a more severe alert or another kind of one is worse', () => {
  const known = [ALERT];
  expect(isWorse(ALERT, 'warning', known)).toBe(false);
  expect(isWorse({ ...ALERT, severity: 'critical' }, 'warning', known)).toBe(true);
  expect(isWorse({ ...ALERT, severity: 'critical', status: 'resolved' }, 'warning', known)).toBe(false);
  expect(isWorse({ ...ALERT, alert_type: 'latency' }, 'critical', known)).toBe(true);
  expect(isWorse({ ...ALERT, alert_type: 'latency', severity: 'info' }, 'critical', known)).toBe(false);
});

test('that a tool cannot measure is a kind of its own: it hides no alert of the same type, and is none of its repeats', () => {
  const blind: Alert = {
    ...ALERT,
    alert_type: 'data_quality',
    source: MONITOR_SOURCE,
    labels: { rule: 'monitoring', tool: 'check_drift' },
  };
  const nulls: Alert = { ...blind, labels: { rule: 'data_quality' } };
  expect(isWorse(nulls, 'warning', [blind])).toBe(true);
  expect(isWorse(blind, 'warning', [nulls])).toBe(true);
  expect(isWorse(blind, 'warning', [blind, nulls])).toBe(false);
});
