import { expect, test } from '@jest/globals';
import { Thresholds } from '../../src/domain/policy.ts';
import { type Histogram, measureDrift, type ReferenceHistogram } from '../../src/domain/stats/drift.ts';
import { f1Of } from '../../src/domain/stats/interval.ts';
import { binnedKs } from '../../src/domain/stats/ks.ts';
import { PSI_BINS, psi } from '../../src/domain/stats/psi.ts';
import { featureDrift, modelDrift } from '../../src/domain/triggers/drift.ts';
import { accuracyDrop } from '../../src/domain/triggers/outcomes.ts';
import { binomial, type Random, randomStream } from '../../src/sandbox/random.ts';

/** Simulations of what healthy data does to the statistics by chance; each stream is fixed by its name. */

const limits = Thresholds.parse({});
const measured = {
  window: { from: '2026-02-27T13:00:00.000Z', to: '2026-02-27T14:00:00.000Z' },
  query: 'simulated',
  version: 'v2',
};

/** n rows over B equally likely bins. */
function evenly(random: Random, n: number, bins = PSI_BINS): number[] {
  let left = n;
  return Array.from({ length: bins }, (_, i) => {
    const count = i === bins - 1 ? left : binomial(random, left, 1 / (bins - i));
    left -= count;
    return count;
  });
}

/** Outcomes of a healthy window: fraud 2 %, recall .89, and false alarms such that precision is .933: F1 .911. */
const HEALTHY = { fraud: 0.02, recall: 0.89, falseAlarm: 0.0013 };
const TRUE_F1 =
  (2 * HEALTHY.fraud * HEALTHY.recall) /
  (HEALTHY.fraud * (1 + HEALTHY.recall) + (1 - HEALTHY.fraud) * HEALTHY.falseAlarm);

function healthyOutcomes(random: Random, n: number) {
  const positives = binomial(random, n, HEALTHY.fraud);
  const tp = binomial(random, positives, HEALTHY.recall);
  const fp = binomial(random, n - positives, HEALTHY.falseAlarm);
  return { n, labelled: n, flagged: tp + fp, tp, fp, fn: positives - tp, latency_p99_ms: 80 };
}

test('raw PSI of two equal samples averages the bias that is taken off, and the corrected one nearly nothing', () => {
  const random = randomStream('psi bias');
  const runs = Array.from({ length: 2_000 }, () => psi(evenly(random, 200), evenly(random, 200)));
  const mean = (pick: (p: (typeof runs)[number]) => number) =>
    runs.reduce((acc, p) => acc + pick(p), 0) / runs.length;
  expect(mean((p) => p.raw) / runs[0]!.bias).toBeGreaterThan(0.9);
  expect(mean((p) => p.raw) / runs[0]!.bias).toBeLessThan(1.1);
  expect(mean((p) => p.corrected)).toBeLessThan(0.03);
});

test('binned KS rejects equal samples no more often than its level says', () => {
  const random = randomStream('ks level');
  const p = Array.from({ length: 2_000 }, () => binnedKs(evenly(random, 1_000), evenly(random, 3_000)).p);
  expect(p.filter((value) => value < 0.05).length / p.length).toBeLessThanOrEqual(0.05);
  // And is no mere yes-man: it does reject sometimes.
  expect(p.filter((value) => value < 0.05).length).toBeGreaterThan(20);
});

test('1,000 healthy windows at the smallest sample size raise no drift alarm, aggregate or by feature', () => {
  const random = randomStream('healthy drift');
  const features = Array.from({ length: 29 }, (_, i) => `V${i + 1}`);
  const importances = Object.fromEntries(features.map((name, i) => [name, i < 2 ? 0.3 : 0.4 / 27]));
  const sample = (n: number): Histogram[] =>
    features.map((feature) => ({ feature, counts: evenly(random, n), nulls: 0, mean: 0, std: 1 }));
  const edges = Array.from({ length: PSI_BINS - 1 }, (_, i) => i);
  const reference = (n: number): ReferenceHistogram[] =>
    sample(n).map((histogram) => ({ ...histogram, edges, psi_edges: edges }));
  const firing = Array.from({ length: 1_000 }, () => {
    const drift = measureDrift(reference(500), sample(500), importances, limits.model_drift);
    return [
      modelDrift(drift, measured, limits.model_drift, 0.8),
      ...featureDrift(drift, measured, limits.model_drift, 0.8),
    ].filter((m) => m.state !== 'clear').length;
  });
  expect(firing.filter((count) => count > 0)).toHaveLength(0);
});

test.each([2_000, 10_000, 50_000])('F1 intervals of %i rows cover the true F1 as often as they say', (n) => {
  const random = randomStream('coverage', n);
  const runs = 4_000;
  let covered = 0;
  let below = 0;
  for (let i = 0; i < runs; i++) {
    const [low, high] = f1Of(healthyOutcomes(random, n))!.interval;
    if (low <= TRUE_F1 && TRUE_F1 <= high) covered++;
    if (high < TRUE_F1) below++;
  }
  // 95 % nominal; the standard error of 4,000 runs is .35 %, and counts are discrete.
  expect(covered / runs).toBeGreaterThan(0.94);
  expect(covered / runs).toBeLessThan(0.965);
  expect(below / runs).toBeLessThan(0.035);
});

test('the 5 % rule trips on a healthy window of 2,000 rows far less often than its confidence allows', () => {
  const random = randomStream('healthy f1');
  const runs = 10_000;
  const any = { ...limits.accuracy_drop, min_positives: 1 };
  let estimateAlone = 0;
  let alarms = 0;
  let withMinimum = 0;
  for (let i = 0; i < runs; i++) {
    const outcomes = healthyOutcomes(random, 2_000);
    if ((f1Of(outcomes)?.f1 ?? 1) < TRUE_F1 * 0.95) estimateAlone++;
    if (accuracyDrop(outcomes, TRUE_F1, measured, any, 0.8).state === 'firing') alarms++;
    if (accuracyDrop(outcomes, TRUE_F1, measured, limits.accuracy_drop, 0.8).state === 'firing')
      withMinimum++;
  }
  // The estimate alone would trip on about a tenth of them: the bound is what keeps the night quiet.
  expect(estimateAlone / runs).toBeGreaterThan(0.05);
  expect(alarms / runs).toBeLessThan(0.025);
  expect(withMinimum).toBe(0);
});

test('even at exactly 5 % below baseline the alarm stays within its 2.5 %', () => {
  const random = randomStream('at the limit');
  const baseline = TRUE_F1 / 0.95;
  const runs = 4_000;
  let alarms = 0;
  for (let i = 0; i < runs; i++) {
    if (
      accuracyDrop(healthyOutcomes(random, 20_000), baseline, measured, limits.accuracy_drop, 0.8).state ===
      'firing'
    )
      alarms++;
  }
  expect(alarms / runs).toBeLessThan(0.025 + 3 * Math.sqrt((0.025 * 0.975) / runs));
});
