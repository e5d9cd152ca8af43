import { expect, test } from '@jest/globals';
import { countOver } from '../../../tests/support/counted.ts';
import { drawRow, type SourceChange } from '../changes.ts';
import { type Classifier, type Dataset, evaluate, fitLogistic, scores } from '../classifier.ts';
import { driftOf } from '../measure.ts';
import { CLASSIFIER } from '../models.ts';
import { randomStream } from '../random.ts';
import type { StoredVersion } from '../state.ts';
import { describeVersion } from '../versions.ts';
import { layOutHistory } from './history.ts';
import { hourlyMetrics, normalCdf } from './seed_model_metrics.ts';

const { features: FEATURES } = CLASSIFIER;

function draw(rows: number, stream: string, at = 0, changes: SourceChange[] = []): Dataset {
  const random = randomStream('test', stream);
  const width = FEATURES.length;
  const data = { rows, width, values: new Float64Array(rows * width), labels: new Uint8Array(rows) };
  for (let i = 0; i < rows; i++) {
    data.labels[i] = Number(
      drawRow(
        CLASSIFIER,
        { at, random, effects: random },
        changes,
        data.values.subarray(i * width, (i + 1) * width),
      ),
    );
  }
  return data;
}

function binned(version: StoredVersion, data: Dataset): Record<string, number[]> {
  return Object.fromEntries(
    FEATURES.map((feature, j) => [
      feature,
      countOver(version.reference[feature]!, data.rows, (i) => data.values[i * data.width + j]!),
    ]),
  );
}

async function versionOf(training: Dataset): Promise<StoredVersion> {
  const classifier: Classifier = await fitLogistic(training, async () => {});
  const range = { from: '', to: '', rows: training.rows, positives: 0 };
  const rows = { data: training, range };
  return describeVersion(CLASSIFIER, 'v1', classifier, rows, training, '', randomStream('i'));
}

test('a version keeps the counts of its training rows between their deciles', async () => {
  const training = draw(10_000, 'training');
  const version = await versionOf(training);
  const counts = Object.fromEntries(FEATURES.map((name) => [name, version.reference[name]!.counts]));
  expect(counts).toEqual(binned(version, training));
  for (const count of Object.values(counts).flat()) expect(Math.abs(count - 1_000)).toBeLessThan(30);
});

test('hours drawn by their counts have the figures of hours drawn row by row, calm or changed', async () => {
  const version = await versionOf(draw(10_000, 'training'));
  const { classifier } = version;
  const history = layOutHistory(CLASSIFIER, 1, 25, Date.UTC(2026, 0, 15, 9, 30));
  for (const hourEnd of [history.event.from, history.event.to]) {
    const counted = hourlyMetrics(CLASSIFIER, version, history, hourEnd, randomStream('test', hourEnd));
    const rows = draw(60_000, `rows-${hourEnd}`, hourEnd - 1, [history.event]);
    const drawn = scores(await evaluate(classifier, rows));
    expect(Math.abs(counted.f1 - drawn.f1)).toBeLessThan(0.025);
    expect(Math.abs(counted.flagged_share - drawn.flagged_share)).toBeLessThan(0.003);
    const drift = driftOf(version, binned(version, rows)).aggregate;
    expect(Math.abs(counted.drift_score - drift)).toBeLessThan(0.02);
  }
});

test('the normal distribution function is right to six digits', () => {
  for (const [x, p] of [
    [0, 0.5],
    [1, 0.8413447],
    [-1.96, 0.0249979],
    [3, 0.9986501],
  ] as const) {
    expect(normalCdf(x)).toBeCloseTo(p, 6);
  }
});
