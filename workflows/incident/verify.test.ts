import { expect, test } from '@jest/globals';
import type { Measurement } from '../../src/domain/measurement.ts';
import { judge, nextLook } from './verify.ts';

function numbers(drift: Measurement['state'], f1Upper: number, positives: number): Measurement[] {
  const base = {
    value: 0,
    threshold: 1,
    window: { from: '', to: '' },
    query: '',
    text: '',
    samples: {},
    numbers: {},
  };
  return [
    { ...base, rule: 'model_drift', state: drift },
    {
      ...base,
      rule: 'accuracy_drop',
      state: 'clear',
      samples: { positives },
      numbers: { f1_upper: f1Upper },
    },
  ];
}

test('verified needs both: drift clear, and F1 not surely below the gate, on enough positives', () => {
  expect(judge(numbers('clear', 0.93, 200), 0.9, 200)).toBe('verified');
  expect(judge(numbers('clear', 0.89, 200), 0.9, 200)).toBe('not_helped');
  expect(judge(numbers('firing', 0.93, 0), 0.9, 200)).toBe('not_helped');
  expect(judge(numbers('clear', 0.93, 199), 0.9, 200)).toBe('wait');
  expect(judge(numbers('insufficient', 0.93, 200), 0.9, 200)).toBe('wait');
  expect(judge([], 0.9, 200)).toBe('wait');
});

test('between clear and firing nothing is said yet', () => {
  expect(judge(numbers('holding', 0.93, 500), 0.9, 200)).toBe('wait');
});

test('looks again when the positives should be enough, not sooner than asked and within a minute', () => {
  const at = (positives: number) => nextLook(numbers('clear', 0.93, positives), 200, 60_000, 10_000);
  expect(at(0)).toBe(10_000);
  expect(at(150)).toBe(20_000);
  expect(at(199)).toBe(10_000);
  expect(at(2)).toBe(60_000);
});
