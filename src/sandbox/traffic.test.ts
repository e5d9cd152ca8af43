import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createTables } from '../warehouse/schema.ts';
import { Database } from './database.ts';
import { ModelDatabase } from './model-database.ts';
import { CHARGEBACK, CLASSIFIER } from './models.ts';
import { iso } from './state.ts';
import { forgetTraffic } from './timeline.ts';
import { applyRetention, deliverLabels, everyArrival, logTraffic } from './traffic.ts';

const HOUR = 3_600_000;
const now = Date.UTC(2026, 0, 15, 12);
const classifier = { intercept: -4, weights: CLASSIFIER.features.map(() => 0.1), threshold: 0.5 };
const how = { version: 'v1', classifier, changes: [], labelDelayMs: 30_000, now };
let root: Database;
let database: ModelDatabase;

beforeAll(async () => {
  root = await Database.open(':memory:');
  database = new ModelDatabase(root, CLASSIFIER);
  await database.write(async (tx) => {
    for (const statement of createTables('DuckDB')) await tx.run(statement);
  });
});
beforeEach(() => database.write((tx) => tx.run('DELETE FROM PREDICTION_LOGS')));
afterAll(() => root.close());

const log = (from: number, to: number) =>
  database.write((tx) =>
    logTraffic(
      tx,
      everyArrival(1, 'test', from, from, to, () => 2),
      how,
    ),
  );
const count = async (where: string) =>
  (await database.read(`SELECT count(*) AS n FROM PREDICTION_LOGS WHERE ${where}`))[0]!.n as number;

test('labels come when they are due, and none is lost or early', async () => {
  const { rows } = await log(now - 120_000, now);
  expect(await count('actual_label IS NULL')).toBe(await count(`timestamp > '${iso(now - 30_000)}'`));
  const waiting = await count('actual_label IS NULL');
  expect(waiting).toBeGreaterThan(0);
  expect(await database.write((tx) => deliverLabels(tx, now + 15_000))).toBeLessThan(waiting);
  expect(await count(`labelled_at > '${iso(now + 15_000)}'`)).toBe(0);
  await database.write((tx) => deliverLabels(tx, now + 30_000));
  expect(await count('actual_label IS NOT NULL')).toBe(rows);
  expect(await count('labelled_at - timestamp = INTERVAL 30 SECOND')).toBe(rows);
});

test('the same second is drawn the same, however it is reached', async () => {
  await log(now - 20_000, now);
  const whole = await database.read('SELECT features, latency_ms FROM PREDICTION_LOGS ORDER BY timestamp');
  await database.write((tx) => tx.run('DELETE FROM PREDICTION_LOGS'));
  for (const from of [now - 20_000, now - 13_000]) {
    const to = from === now - 13_000 ? now : now - 13_000;
    await database.write((tx) =>
      logTraffic(
        tx,
        everyArrival(1, 'test', now - 20_000, from, to, () => 2),
        how,
      ),
    );
  }
  const parts = await database.read('SELECT features, latency_ms FROM PREDICTION_LOGS ORDER BY timestamp');
  expect(parts).toEqual(whole);
});

test('retention keeps two hours, what models were trained on, and a sample of the rest', async () => {
  await log(now - 4 * HOUR, now);
  const kept = { from: iso(now - 3 * HOUR), to: iso(now - 2.75 * HOUR) };
  const trained = `timestamp >= '${kept.from}' AND timestamp <= '${kept.to}'`;
  const recent = `timestamp >= '${iso(now - 2 * HOUR)}'`;
  const before = [await count(trained), await count(recent)];
  await database.write((tx) => applyRetention(tx, now - 4 * HOUR, now, [kept]));
  expect([await count(trained), await count(recent)]).toEqual(before);
  const rest = await count(`NOT (${trained}) AND NOT (${recent})`);
  expect(rest).toBeGreaterThan(0);
  expect(rest).toBeLessThan(50);
});

test('a transaction that fails leaves nothing behind', async () => {
  const failing = database.write(async (tx) => {
    await logTraffic(
      tx,
      everyArrival(1, 'test', now, now, now + 5000, () => 2),
      how,
    );
    await tx.put('note', 1);
    throw new Error('halfway');
  });
  await expect(failing).rejects.toThrow('halfway');
  expect(await count('true')).toBe(0);
  expect(database.document('note')).toBeUndefined();
});

test('what is done to one model leaves the rows, labels and documents of another alone', async () => {
  const other = new ModelDatabase(root, CHARGEBACK);
  const logOf = (model: ModelDatabase) =>
    model.write((tx) =>
      logTraffic(
        tx,
        everyArrival(1, 'test', now - 4 * HOUR, now - 4 * HOUR, now, () => 0.1),
        { ...how, classifier: { ...classifier, weights: model.spec.features.map(() => 0.1) } },
      ),
    );
  await logOf(database);
  await logOf(other);
  await other.write((tx) => tx.put('note', 1));
  const mine = "model_name = 'chargeback'";
  const counts = async () => [await count(mine), await count(`${mine} AND actual_label IS NOT NULL`)];
  const before = await counts();
  await database.write((tx) => forgetTraffic(tx, now - HOUR, now + HOUR));
  await database.write((tx) => applyRetention(tx, now - 4 * HOUR, now, []));
  await database.write((tx) => deliverLabels(tx, now + HOUR));
  expect(await counts()).toEqual(before);
  // Their labels wait for their own delivery, and come with it.
  await other.write((tx) => deliverLabels(tx, now + HOUR));
  expect(await counts()).toEqual([before[0], before[0]]);
  expect([other.document('note'), database.document('note')]).toEqual([1, undefined]);
});
