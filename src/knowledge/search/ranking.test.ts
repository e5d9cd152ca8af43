import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dot, normalise, type WordVector } from '../embedding/embedder.ts';
import {
  best,
  fuse,
  inverseFrequency,
  lateInteraction,
  minMax,
  packQuestion,
  packWords,
  ranked,
  reciprocalRanks,
} from './ranking.ts';

const scores = (...entries: [number, number][]) => new Map(entries);

test('ranks by score, equal ones by id', () => {
  const some = scores([3, 1], [1, 2], [2, 2], [4, 5]);
  expect(ranked(some)).toEqual([4, 1, 2, 3]);
  expect([...best(some, 2)]).toEqual([
    [4, 5],
    [1, 2],
  ]);
});

test('stretches to 0..1; unknown ones are lowest, equal ones are 1, none at all is 0', () => {
  expect([...minMax([1, 2, 3, 4], scores([1, 10], [2, 20], [3, 15])).values()]).toEqual([0, 1, 0.5, 0]);
  expect([...minMax([1, 2], scores([1, 7], [2, 7])).values()]).toEqual([1, 1]);
  expect([...minMax([1, 2], scores()).values()]).toEqual([0, 0]);
});

test('fuses by weight', () => {
  const fused = fuse(
    [1, 2, 3],
    [
      { weight: 0.25, scores: scores([1, 0], [2, 1], [3, 0.5]) },
      { weight: 0.75, scores: scores([1, 4], [2, 2]) },
    ],
  );
  expect([...fused]).toEqual([
    [1, 0.75],
    [2, 0.25],
    [3, 0.125],
  ]);
});

test('reciprocal rank fusion with k = 60', () => {
  const sums = reciprocalRanks([
    [7, 8],
    [8, 9],
  ]);
  expect(sums.get(8)).toBeCloseTo(1 / 62 + 1 / 61, 12);
  expect(sums.get(7)).toBeCloseTo(1 / 61, 12);
  expect(sums.get(9)).toBeCloseTo(1 / 62, 12);
});

test('rare words tell more, also those that nothing holds', () => {
  expect(inverseFrequency(1, 10)).toBeCloseTo(Math.log(1 + 9.5 / 1.5), 12);
  const weights = [0, 1, 5, 10].map((holding) => inverseFrequency(holding, 10));
  expect(weights).toEqual([...weights].sort((a, b) => b - a));
  expect(Math.min(...weights)).toBeGreaterThan(0);
});

const SIZE = 32;
const unit = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: SIZE, maxLength: SIZE })
  .filter((values) => values.some((value) => Math.abs(value) > 0.1))
  // Real models' vectors have no component above 0.3: spread what one would have.
  .map((values) =>
    normalise(Float32Array.from(values, (value) => Math.sign(value || 1) * (0.5 + Math.abs(value) / 2))),
  );
const words = fc
  .array(unit, { minLength: 1, maxLength: 9 })
  .map((vectors) => vectors.map((vector) => ({ word: 'w', vector })));

test('late interaction is the weighted mean of each word’s best cosine, as exact as bytes allow', () => {
  fc.assert(
    fc.property(words, words, fc.integer({ min: 1, max: 1000 }), (question: WordVector[], passage, seed) => {
      const weights = question.map((_, i) => 1 + ((seed * (i + 1)) % 7));
      const exact =
        question.reduce((sum, { vector }, i) => {
          return sum + weights[i]! * Math.max(0, ...passage.map((word) => dot(vector, word.vector)));
        }, 0) / weights.reduce((a, b) => a + b);
      expect(
        Math.abs(lateInteraction(packQuestion(question, weights), packWords(passage)) - exact),
      ).toBeLessThan(0.02);
    }),
  );
});

test('late interaction without words, or with words that count nothing, is 0', () => {
  const word = { word: 'w', vector: normalise(Float32Array.from({ length: SIZE }, () => 1)) };
  expect(lateInteraction(packQuestion([], []), packWords([word]))).toBe(0);
  expect(lateInteraction(packQuestion([word], [0]), packWords([word]))).toBe(0);
  expect(lateInteraction(packQuestion([word], [1]), packWords([]))).toBe(0);
  expect(lateInteraction(packQuestion([word], [1]), packWords([word]))).toBeCloseTo(1, 1);
});
