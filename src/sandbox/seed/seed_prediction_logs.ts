import type { Arrival } from '../changes.ts';
import { type Classifier, fitLogistic } from '../classifier.ts';
import { loadDataset } from '../dataset.ts';
import type { ModelDatabase } from '../model-database.ts';
import type { ModelSpec } from '../models.ts';
import { randomStream } from '../random.ts';
import { drawHoldout } from '../release.ts';
import { iso, type StoredVersion } from '../state.ts';
import { everyArrival, logTraffic, sampledArrival } from '../traffic.ts';
import { describeVersion } from '../versions.ts';
import { rateAt } from '../world.ts';
import type { History } from './history.ts';

const DAY = 86_400_000;
/** Rows that retention left of the past: all that v1 and v2 were trained on, and of the rest a sample. */
const V1_ROWS = 12_000;
const V2_ROWS = 30_000;
const ROWS_PER_DAY = 2_500;
/** Of the source's change more was kept, for whoever looked into it: enough to find it in any of its hours. */
const EVENT_ROWS_PER_DAY = 36_000;
/** Rows of each version's own holdout; they were too old to keep. */
const HOLDOUT_ROWS = 200_000;

/** What scored before there was a model: a rule on the two features that analysts trusted. */
function ruleOf({ features, strongest }: ModelSpec): Classifier {
  const weight = (feature: string) => (feature === strongest[0] ? -2.4 : feature === strongest[1] ? -2 : 0);
  return { intercept: -9, weights: features.map(weight), threshold: 0.5 };
}

/** Logs the past in the order in which it happened, training v1 and v2 on the way from the rows logged by then. */
export async function seedPredictionLogs(
  database: ModelDatabase,
  history: History,
  labelDelayMs: number,
): Promise<StoredVersion[]> {
  const { spec } = database;
  const { seed, start, v1At, event, v2TrainedTo, v2At, fullFrom, base } = history;
  const now = Math.floor(history.now / 1000) * 1000;
  const log = (version: string, classifier: Classifier, arrivals: Iterable<Arrival>) =>
    database.write((tx) =>
      logTraffic(tx, arrivals, { version, classifier, changes: [event], labelDelayMs, now }),
    );
  const rowsOf = (span: { from: number; to: number }, perDay: number) =>
    Math.round(((span.to - span.from) / DAY) * perDay * spec.historyShare);
  const sample = (from: number, to: number, rows = rowsOf({ from, to }, ROWS_PER_DAY)) =>
    sampledArrival(randomStream(seed, 'history', from - start), from, to, rows);
  const train = async (name: string, from: number, to: number, at: number) => {
    const rows = await loadDataset(database, { from: iso(from), to: iso(to) }, iso(at));
    const classifier = await fitLogistic(rows.data, async () => {});
    const random = randomStream(seed, 'importance', name);
    return describeVersion(
      spec,
      name,
      classifier,
      rows,
      drawHoldout(spec, randomStream(seed, 'holdout', name), HOLDOUT_ROWS * spec.historyShare),
      iso(at),
      random,
    );
  };

  await log('rule', ruleOf(spec), sample(start, v1At, V1_ROWS * spec.historyShare));
  const v1 = await train('v1', start, v1At, v1At);
  await log('v1', v1.classifier, sample(v1At, event.from));
  await log('v1', v1.classifier, sample(event.from, event.to, rowsOf(event, EVENT_ROWS_PER_DAY)));
  await log('v1', v1.classifier, sample(event.to, v2TrainedTo, V2_ROWS * spec.historyShare));
  await log('v1', v1.classifier, sample(v2TrainedTo, v2At));
  const v2 = await train('v2', event.to, v2TrainedTo, v2At);
  await log('v2', v2.classifier, sample(v2At, fullFrom));
  await log(
    'v2',
    v2.classifier,
    everyArrival(seed, 'recent', now, fullFrom, now, (at) => rateAt(base, at)),
  );
  return [v1, v2];
}
