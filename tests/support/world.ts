import { type Change, drawRow, type SourceChange } from '../../src/sandbox/changes.ts';
import { CLASSIFIER } from '../../src/sandbox/models.ts';
import { randomStream } from '../../src/sandbox/random.ts';
import { drawLatency } from '../../src/sandbox/world.ts';
import { memoryPlatform, type PlatformState } from './memory-platform.ts';
import { type LoggedRow, MemoryWarehouse } from './memory-warehouse.ts';

const {
  features: FEATURES,
  positiveMeans: FRAUD_MEANS,
  positiveShare: FRAUD_SHARE,
  model: MODEL,
  pipeline: PIPELINE,
} = CLASSIFIER;

export const HOUR = 3_600_000;
/** The vendor's change of design §10: PSI .80 and .61, aggregate .41 to .46, F1 .911 → .814. */
export const VENDOR_CHANGE = { V14: { scale: 1.16, shift: 1.05 }, V17: { scale: 1.16, shift: 0.89 } };

/** The best possible linear score of the unchanged world: log odds of fraud. */
const PRIOR =
  Math.log(FRAUD_SHARE / (1 - FRAUD_SHARE)) - FRAUD_MEANS.reduce((acc, mean) => acc + mean * mean, 0) / 2;

/** `n` rows spread evenly over from ≤ t < to, scored by that model; every label has arrived. */
export function traffic(options: {
  seed: number | string;
  n: number;
  from: number;
  to: number;
  version?: string;
  change?: SourceChange['features'];
}): LoggedRow[] {
  const random = randomStream('traffic', options.seed);
  const changes: Change[] = options.change
    ? [{ kind: 'source', from: 0, to: null, share: 1, features: options.change }]
    : [];
  return Array.from({ length: options.n }, (_, i) => {
    const at = Math.floor(options.from + ((options.to - options.from) * i) / options.n);
    const features = new Float64Array(FEATURES.length);
    const fraud = drawRow(CLASSIFIER, { at, random, effects: random }, changes, features);
    const odds = features.reduce((acc, x, j) => acc + x * FRAUD_MEANS[j]!, PRIOR);
    return {
      at,
      version: options.version ?? 'v2',
      features,
      prediction: odds > 0 ? 1 : 0,
      label: fraud ? 1 : 0,
      latency_ms: drawLatency(random),
    };
  });
}

const drawn = new Map<string, readonly LoggedRow[]>();
/** The same training rows serve all tests of a file; they are not to be changed. */
function remembered(options: Parameters<typeof traffic>[0]): readonly LoggedRow[] {
  const key = JSON.stringify(options);
  const rows = drawn.get(key) ?? traffic(options);
  drawn.set(key, rows);
  return rows;
}

/** A week's batches of DATA_QUALITY before `now`, one an hour, each of `records`. */
export function batches(now: number, records: number, weeks = 2) {
  const first = Math.floor(now / HOUR) * HOUR - weeks * 7 * 24 * HOUR;
  return Array.from({ length: Math.floor((now - first) / HOUR) }, (_, i) => ({
    timestamp: new Date(first + i * HOUR).toISOString(),
    pipeline_name: PIPELINE,
    null_rate: 0,
    schema_violations: 0,
    record_count: records,
    status: 'ok',
  }));
}

/** A warehouse with v2's training rows, a platform that serves v2, and the hour before `now` still empty. */
export function world(
  now: number,
  options: { seed: number | string; trainingRows?: number; batch?: number },
) {
  const n = options.trainingRows ?? 10_000;
  const [from, to] = [now - 10 * 24 * HOUR, now - 9 * 24 * HOUR];
  const training = remembered({ seed: `${options.seed}/training`, n, from, to, version: 'v1' });
  const warehouse = new MemoryWarehouse(MODEL, FEATURES);
  warehouse.rows = [...training];
  warehouse.quality = batches(now, options.batch ?? 5_000);
  const iso = (time: number) => new Date(time).toISOString();
  const distance = FRAUD_MEANS.reduce((acc, mean) => acc + mean * mean, 0);
  const state: PlatformState = {
    info: {
      model: MODEL,
      active_version: 'v2',
      slots: { blue: 'v1', green: 'v2', active: 'green' },
      features: [...FEATURES],
      versions: [
        {
          version: 'v2',
          status: 'live',
          trained_at: iso(to),
          training: { from: iso(from), to: iso(to), rows: n, positives: Math.round(n * FRAUD_SHARE) },
          baseline: { f1: 0.911, precision: 0.93, recall: 0.89, flagged_share: FRAUD_SHARE },
          importances: Object.fromEntries(FEATURES.map((name, j) => [name, FRAUD_MEANS[j]! ** 2 / distance])),
          threshold: 0.5,
        },
      ],
      deployments: [
        {
          at: iso(to),
          kind: 'deploy',
          from: 'v1',
          to: 'v2',
          by: 'seed',
          incident: null,
          reason: 'first release',
        },
      ],
    },
    drift: {
      model: MODEL,
      version: 'v2',
      window: { from: iso(now - HOUR), to: iso(now) },
      aggregate: 0,
      features: {},
      samples: 0,
    },
    health: 'ok',
    infrastructure: { replicas: 2, cpu: 0.4, memory: 0.5, queue: 0, batch_size: 32, model_size_mb: 1 },
    failure: null,
  };
  return { warehouse, state, platform: memoryPlatform(state) };
}
