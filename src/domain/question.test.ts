import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { componentsIn, strategyOfQuestion } from './question.ts';

test.each([
  ['why is the fraud model drifting?', 'model_drift'],
  ['PSI of V14 is high, what changed?', 'model_drift'],
  ['Why are predictions so slow today?', 'latency'],
  ['p99 is above a second', 'latency'],
  ['are there null values after the schema change?', 'data_quality'],
  ['did the volume of the transactions pipeline fall?', 'data_quality'],
  ['were batches duplicated?', 'data_quality'],
  ['F1 is down since Monday', 'accuracy_drop'],
  ['why did precision and recall fall', 'accuracy_drop'],
  ['why are so many payments flagged?', 'anomaly_spike'],
  ['is there a spike in the fraud rate', 'anomaly_spike'],
  ['is the schema of feature V14, with its null values and missing records, fine?', 'data_quality'],
])('%s → %s', (question, strategy) => {
  expect(strategyOfQuestion(question)).toBe(strategy);
});

test('a question that names nothing of the five asks for no strategy', () => {
  expect(strategyOfQuestion('what happened last night?')).toBeNull();
  expect(strategyOfQuestion('is the model fine')).toBeNull();
});

test('a component is found by its whole name, whatever its case, version or punctuation', () => {
  const known = ['classifier', 'fraud-scores', 'class'];
  expect(componentsIn('Why is the Classifier drifting?', known)).toEqual(['classifier']);
  expect(componentsIn('is classifier_v2, or fraud-scores.', known)).toEqual(['classifier', 'fraud-scores']);
  expect(componentsIn('classifiers', known)).toEqual([]);
});

test('any text has at most one strategy and names only known components', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (question) => {
      strategyOfQuestion(question);
      return componentsIn(question, ['classifier']).every((name) => name === 'classifier');
    }),
  );
});
