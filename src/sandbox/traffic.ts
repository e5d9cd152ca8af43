import { setImmediate as breathe } from 'node:timers/promises';
import {
  DOUBLE,
  DuckDBTimestampValue,
  type DuckDBValue,
  INTEGER,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api';
import { type Arrival, type Change, drawRow, loadsOf } from './changes.ts';
import { type Classifier, probability } from './classifier.ts';
import { INTERNAL_SCHEMA } from './database.ts';
import type { ModelTransaction } from './model-database.ts';
import { type Random, randomStream } from './random.ts';
import { iso } from './state.ts';
import { drawLatency } from './world.ts';

/** All arrivals of the whole seconds from ≤ t < to, at `rate` rows a second. Each second has random streams of its own, counted from `origin`. */
export function* everyArrival(
  seed: number,
  stream: string,
  origin: number,
  from: number,
  to: number,
  rate: (at: number) => number,
): Generator<Arrival> {
  for (let second = from; second < to; second += 1000) {
    const index = (second - origin) / 1000;
    const random = randomStream(seed, stream, index);
    const effects = randomStream(seed, stream, index, 'effects');
    const count = Math.floor(rate(second) + random.uniform());
    for (let i = 0; i < count; i++) {
      yield { at: second + Math.floor(((i + 0.5) / count) * 1000), random, effects };
    }
  }
}

/** `count` arrivals spread evenly over a time: the sample that retention leaves of old traffic. */
export function* sampledArrival(random: Random, from: number, to: number, count: number): Generator<Arrival> {
  const gap = (to - from) / count;
  for (let i = 0; i < count; i++) {
    yield { at: Math.floor(from + (i + random.uniform()) * gap), random, effects: random };
  }
}

const LOG_TYPES = [
  TIMESTAMP,
  VARCHAR,
  VARCHAR,
  INTEGER,
  DOUBLE,
  INTEGER,
  VARCHAR,
  VARCHAR,
  DOUBLE,
  TIMESTAMP,
];
const DUE_TYPES = [VARCHAR, TIMESTAMP, INTEGER, TIMESTAMP, VARCHAR];
const CHUNK = 2048;

/** The gateway waits no longer for an answer. */
const GIVE_UP_MS = 30_000;

/** Texts of -16.000 to 16.000: looking a number up is ten times as fast as formatting it. */
const STEPS = 1000;
const REACH = 16 * STEPS;
const TEXTS = Array.from({ length: 2 * REACH + 1 }, (_, i) => String((i - REACH) / STEPS));

/**
 * Rounds the values in place to what is logged, so that a logged row gives the logged score; answers them as JSON. A missing
 * value is logged as null and scored as 0.
 */
function roundAsJson(row: Float64Array, keys: readonly string[]): string {
  let text = '';
  for (let j = 0; j < row.length; j++) {
    if (Number.isNaN(row[j])) {
      row[j] = 0;
      text += `${keys[j]!}null`;
      continue;
    }
    const steps = Math.round(row[j]! * STEPS);
    row[j] = steps / STEPS;
    text += keys[j]! + (TEXTS[steps + REACH] ?? String(row[j]));
  }
  return `${text}}`;
}

const timestamp = (at: number) => new DuckDBTimestampValue(BigInt(at) * 1000n);

/**
 * Draws a transaction for each arrival, scores it, and logs it to PREDICTION_LOGS. Labels that are due by `now` are
 * written at once, the others wait in `labels_due` for `deliverLabels`.
 */
export async function logTraffic(
  tx: ModelTransaction,
  arrivals: Iterable<Arrival>,
  how: {
    version: string;
    classifier: Classifier;
    changes: readonly Change[];
    labelDelayMs: number;
    now: number;
    /** How the servers are doing when a request arrives; without it they have room. */
    servers?: (at: number) => { stretch: number; waitMs: number };
  },
): Promise<{ rows: number; positives: number }> {
  const { classifier, version, changes, labelDelayMs, now, servers } = how;
  const { spec } = tx;
  const keys = spec.features.map((feature, j) => `${j === 0 ? '{' : ','}"${feature}":`);
  const row = new Float64Array(spec.features.length);
  const total = { rows: 0, positives: 0 };
  let drawn = 0;
  let log: DuckDBValue[][] = LOG_TYPES.map(() => []);
  let due: DuckDBValue[][] = DUE_TYPES.map(() => []);
  const flush = async () => {
    await tx.append('PREDICTION_LOGS', LOG_TYPES, log);
    await tx.append(`${INTERNAL_SCHEMA}.labels_due`, DUE_TYPES, due);
    log = LOG_TYPES.map(() => []);
    due = DUE_TYPES.map(() => []);
    await breathe();
  };
  for (const arrival of arrivals) {
    const { at, random } = arrival;
    const positive = drawRow(spec, arrival, changes, row);
    const features = roundAsJson(row, keys);
    const p = probability(classifier, row);
    const flagged = p >= classifier.threshold;
    const latency = drawLatency(random);
    const load = servers?.(at);
    const loads = loadsOf(arrival, changes);
    if (loads === 0) continue;
    const id = `${spec.idPrefix}${at.toString(36)}-${(drawn++).toString(36)}`;
    total.rows += loads;
    if (positive) total.positives += loads;
    const dueAt = at + labelDelayMs;
    const known = dueAt <= now;
    const values = [
      timestamp(at),
      id,
      features,
      flagged ? 1 : 0,
      flagged ? p : 1 - p,
      known ? Number(positive) : null,
      spec.model,
      version,
      Math.round(1000 * (load ? Math.min(GIVE_UP_MS, latency * load.stretch + load.waitMs) : latency)) / 1000,
      known ? timestamp(dueAt) : null,
    ];
    for (let copy = 0; copy < loads; copy++) {
      for (let i = 0; i < values.length; i++) log[i]!.push(values[i]!);
      if (log[0]!.length === CHUNK) await flush();
    }
    if (!known) {
      const waiting = [id, timestamp(at), Number(positive), timestamp(dueAt), spec.model];
      for (let i = 0; i < waiting.length; i++) due[i]!.push(waiting[i]!);
    }
  }
  await flush();
  return total;
}

/** Writes a model's labels that have become known by `now` into PREDICTION_LOGS. Answers how many. */
export async function deliverLabels(tx: ModelTransaction, now: number): Promise<number> {
  const table = `${INTERNAL_SCHEMA}.labels_due`;
  const [ready] = await tx.run(
    `SELECT count(*) AS n, min(timestamp) AS first, max(timestamp) AS last FROM ${table}
     WHERE model = ? AND due <= ?::TIMESTAMP`,
    [tx.spec.model, iso(now)],
  );
  if (!ready?.n) return 0;
  // The bounds on timestamp let the engine skip all older blocks of the log.
  const [first, last] = [ready.first as string, ready.last as string];
  await tx.change(
    { table: 'PREDICTION_LOGS', from: Date.parse(first), to: Date.parse(last) + 1 },
    `UPDATE PREDICTION_LOGS SET actual_label = d.label, labelled_at = d.due FROM ${table} d
     WHERE PREDICTION_LOGS.prediction_id = d.prediction_id AND d.model = ? AND d.due <= ?::TIMESTAMP
       AND PREDICTION_LOGS.timestamp >= ?::TIMESTAMP AND PREDICTION_LOGS.timestamp <= ?::TIMESTAMP`,
    [tx.spec.model, iso(now), first, last],
  );
  await tx.run(`DELETE FROM ${table} WHERE model = ? AND due <= ?::TIMESTAMP`, [tx.spec.model, iso(now)]);
  return ready.n as number;
}

/** How long every prediction is kept; of older ones a sample stays. */
export const FULL_LOG_MS = 2 * 3_600_000;
/** Of older predictions, one in this many stays. */
export const KEEP_ONE_IN = 700;

/** Thins a model's log: rows that are not among `keep` and older than two hours, down to one in 700. */
export async function applyRetention(
  tx: ModelTransaction,
  from: number,
  now: number,
  keep: readonly { from: string; to: string }[],
): Promise<void> {
  const spared = keep
    .map(() => ' AND NOT (timestamp >= ?::TIMESTAMP AND timestamp <= ?::TIMESTAMP)')
    .join('');
  const to = now - FULL_LOG_MS;
  await tx.change(
    { table: 'PREDICTION_LOGS', from, to },
    `DELETE FROM PREDICTION_LOGS WHERE timestamp >= ?::TIMESTAMP AND timestamp < ?::TIMESTAMP
       AND model_name = ? AND hash(prediction_id) % ${KEEP_ONE_IN} <> 0${spared}`,
    [iso(from), iso(to), tx.spec.model, ...keep.flatMap((range) => [range.from, range.to])],
  );
}
