import { expect, test } from '@jest/globals';
import { alert } from '../../tests/investigate/fixtures.ts';
import { leadingAlert, searchQueries, strategyOf } from './strategy.ts';

test('the worst alert picks the strategy, then the type nearest to a cause, then the earliest', () => {
  const drift = alert('model_drift', { severity: 'warning' });
  const latency = alert('latency');
  const accuracy = alert('accuracy_drop');
  expect(strategyOf([drift, latency, accuracy])).toBe('accuracy_drop');
  expect(strategyOf([latency, alert('model_drift'), accuracy])).toBe('model_drift');
  const earlier = alert('latency', {
    alert_id: 'alert_2026-11-23_000',
    starts_at: '2026-11-23T11:00:00.000Z',
  });
  expect(leadingAlert([latency, earlier])).toBe(earlier);
  expect(() => strategyOf([])).toThrow('at least one alert');
});

test('queries name the features that alerts show to have drifted, strongest first', () => {
  const measured = (subject: string, value: number, state: 'firing' | 'clear' = 'firing') => ({
    rule: 'feature_drift' as const,
    state,
    subject,
    value,
    threshold: 0.2,
    window: { from: '', to: '' },
    samples: {},
    numbers: {},
    query: '',
    text: '',
  });
  const alerts = [measured('V17', 0.6), measured('V14', 0.8), measured('V3', 0.1, 'clear')].map(
    (measurement) => alert('model_drift', { measurement }),
  );
  const { incidents } = searchQueries('model_drift', alerts);
  expect(incidents).toMatch(/^V14 V17 drift/);
  expect(incidents).not.toContain('V3');
});
