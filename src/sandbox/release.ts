import { drawRow } from './changes.ts';
import { type Dataset, fitLogistic } from './classifier.ts';
import { loadDataset } from './dataset.ts';
import { ProblemError } from './http/problem.ts';
import type { ModelDatabase, ModelTransaction } from './model-database.ts';
import type { ModelSpec } from './models.ts';
import { type Random, randomStream } from './random.ts';
import { USUAL_PROFILE } from './servers.ts';
import { type Deployments, iso, type Profile, type StoredVersion, type World } from './state.ts';
import { describeVersion, nextVersion, otherSlot, slotsOf } from './versions.ts';

/** How the platform's own team makes a version and puts it into production. */
export interface Release {
  reason: string;
  /** What training does to a row's features that serving does not. */
  prepare?: (row: Float64Array) => void;
  /** What training takes a row's label for. */
  relabel?: (row: Float64Array, label: number) => number;
  profile?: Profile;
}

/** The latest labelled rows; v2 was trained on as many. */
const TRAINING_ROWS = 30_000;
const HOLDOUT_ROWS = 100_000;
const TEAM = 'ml-platform';

/** Healthy labelled traffic that is not logged: what a version was judged on when it was new. */
export function drawHoldout(spec: ModelSpec, random: Random, rows: number): Dataset {
  const width = spec.features.length;
  const data = { rows, width, values: new Float64Array(rows * width), labels: new Uint8Array(rows) };
  for (let i = 0; i < rows; i++) {
    const row = data.values.subarray(i * width, (i + 1) * width);
    data.labels[i] = Number(drawRow(spec, { at: 0, random, effects: random }, [], row));
  }
  return data;
}

/** What a release's training made of the data: labels first, as they were joined to the rows as served. */
function asTrained({ prepare, relabel }: Release, data: Dataset): Dataset {
  const copy = { ...data, values: data.values.slice(), labels: data.labels.slice() };
  for (let i = 0; i < data.rows; i++) {
    const row = copy.values.subarray(i * data.width, (i + 1) * data.width);
    if (relabel) copy.labels[i] = relabel(row, copy.labels[i]!);
    prepare?.(row);
  }
  return copy;
}

/** Trains a version on the labelled rows before a time. Nothing is stored. @throws ProblemError 422 */
export async function trainRelease(
  database: ModelDatabase,
  release: Release,
  at: number,
): Promise<StoredVersion> {
  const deployments = database.document<Deployments>('deployments')!;
  const last = deployments.at(-1)!;
  if (Date.parse(last.at) >= at) {
    throw new ProblemError(
      422,
      'Time out of range',
      `start must lie after the last deployment (${last.to} at ${last.at}), got ${iso(at)}; choose a later time or reset`,
    );
  }
  const [first] = await database.read(
    `SELECT min(timestamp) AS at FROM (SELECT timestamp FROM PREDICTION_LOGS WHERE model_name = '${database.spec.model}'
       AND actual_label IS NOT NULL AND timestamp < ?::TIMESTAMP ORDER BY timestamp DESC LIMIT ${TRAINING_ROWS})`,
    [iso(at)],
  );
  const { data, range } = await loadDataset(database, { from: first!.at as string, to: iso(at) }, iso(at));
  const { seed } = database.document<World>('world')!;
  const name = nextVersion(database);
  const trained = asTrained(release, data);
  const classifier = await fitLogistic(trained, async () => {});
  const holdout = asTrained(
    release,
    drawHoldout(database.spec, randomStream(seed, 'holdout', name), HOLDOUT_ROWS),
  );
  const positives = trained.labels.reduce((sum, label) => sum + label, 0);
  const version = await describeVersion(
    database.spec,
    name,
    classifier,
    { data, range: { ...range, positives } },
    holdout,
    iso(at),
    randomStream(seed, 'importance', name),
  );
  return { ...version, profile: release.profile ?? USUAL_PROFILE };
}

/** Puts a version into production at a time that has passed. */
export async function deployRelease(
  tx: ModelTransaction,
  version: StoredVersion,
  reason: string,
  at: number,
): Promise<void> {
  const slots = slotsOf(tx);
  const to = version.info.version;
  await tx.put(`version/${to}`, version);
  const idle = otherSlot(slots.active);
  await tx.put('slots', { ...slots, [idle]: to, active: idle });
  await tx.put('deployments', [
    ...tx.document<Deployments>('deployments')!,
    { at: iso(at), kind: 'deploy', from: slots[slots.active], to, by: TEAM, incident: null, reason },
  ] satisfies Deployments);
}
