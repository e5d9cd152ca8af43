import { expect, test } from '@jest/globals';
import { evaluateGate, type GateInput } from './gate.ts';
import { Policy } from './policy/policy.ts';

const { gate } = Policy.parse({ components: {} });
/** F1 = 2tp / (2tp + fp + fn) */
const GOOD: GateInput = {
  candidate: { tp: 1000, fp: 90, fn: 100 },
  champion: { tp: 860, fp: 140, fn: 240 },
  baselineF1: 0.911,
  trainingRows: 20_000,
  trainingTo: '2026-11-23T07:20:00Z',
  holdoutFrom: '2026-11-23T07:20:00Z',
  holdoutPositives: 1_100,
};
const passes = (change: Partial<GateInput>) => evaluateGate({ ...GOOD, ...change }, gate).passed;

test('a candidate near the baseline and above the champion passes, with every number on the card', () => {
  const verdict = evaluateGate(GOOD, gate);
  expect(verdict.passed).toBe(true);
  expect(verdict.f1).toBeCloseTo(0.9132, 4);
  expect(verdict.checks.map((check) => check.text).join('\n')).toMatch(
    /0\.913 \(95 % 0\.\d+ to 0\.\d+\).*0\.901/,
  );
});

test.each<[string, Partial<GateInput>]>([
  ['more than 0.01 below the baseline', { baselineF1: 0.93 }],
  ['not above the champion', { champion: { tp: 1000, fp: 90, fn: 100 } }],
  ['too few positives', { holdoutPositives: 999 }],
  ['too few training rows', { trainingRows: 19_999 }],
  ['a holdout that overlaps the training rows', { holdoutFrom: '2026-11-23T07:19:59Z' }],
  ['nothing flagged and nothing positive', { candidate: { tp: 0, fp: 0, fn: 0 } }],
])('%s stops it', (_, change) => {
  expect(passes(change)).toBe(false);
});
