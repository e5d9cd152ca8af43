import type { ModelRecord, ModelVersion, RowRange } from '../domain/platform.ts';
import { fitGrid, placeOf } from '../domain/stats/grid.ts';
import { type Classifier, type Dataset, evaluate, permutationImportance, scores } from './classifier.ts';
import type { ModelDatabase } from './model-database.ts';
import type { ModelSpec } from './models.ts';
import type { Random } from './random.ts';
import { USUAL_PROFILE } from './servers.ts';
import type { Deployments, SlotName, Slots, StoredVersion } from './state.ts';

const BINS = 10;

/** Cells between the deciles of each feature over a data set, and the rows in each: a version's reference for drift. */
function referenceOf(features: readonly string[], data: Dataset): StoredVersion['reference'] {
  const reference: StoredVersion['reference'] = {};
  for (let j = 0; j < data.width; j++) {
    const column = new Float64Array(data.rows);
    for (let i = 0; i < data.rows; i++) column[i] = data.values[i * data.width + j]!;
    column.sort();
    const quantiles = (parts: number) =>
      Array.from({ length: parts - 1 }, (_, k) => column[Math.floor(((k + 1) / parts) * (data.rows - 1))]!);
    const grid = fitGrid(quantiles(100));
    const edges = quantiles(BINS).map((decile) => placeOf(grid, decile));
    const counts = new Array<number>(BINS).fill(0);
    let bin = 0;
    for (const value of column) {
      while (bin < edges.length && placeOf(grid, value) > edges[bin]!) bin++;
      counts[bin]!++;
    }
    reference[features[j]!] = { grid, edges, counts };
  }
  return reference;
}

/** Puts together what is kept of a fitted model: importances and reference on its training rows, baseline on its holdout. */
export async function describeVersion(
  spec: ModelSpec,
  name: string,
  classifier: Classifier,
  training: { data: Dataset; range: RowRange },
  holdout: Dataset,
  trainedAt: string,
  random: Random,
): Promise<StoredVersion> {
  const importances = await permutationImportance(classifier, training.data, random);
  return {
    model: spec.model,
    profile: USUAL_PROFILE,
    classifier,
    reference: referenceOf(spec.features, training.data),
    info: {
      version: name,
      trained_at: trainedAt,
      training: training.range,
      baseline: scores(await evaluate(classifier, holdout)),
      importances: Object.fromEntries(spec.features.map((feature, j) => [feature, importances[j]!])),
      threshold: classifier.threshold,
    },
  };
}

export function versionOf(
  database: Pick<ModelDatabase, 'document'>,
  name: string,
): StoredVersion | undefined {
  return database.document<StoredVersion>(`version/${name}`);
}

/** `v2` before `v10`. */
function byNumber(a: StoredVersion, b: StoredVersion): number {
  return Number(a.info.version.slice(1)) - Number(b.info.version.slice(1));
}

export function allVersions(database: ModelDatabase): StoredVersion[] {
  return database.documents<StoredVersion>('version/').sort(byNumber);
}

/** The name that the next trained version gets. */
export function nextVersion(database: ModelDatabase): string {
  const numbers = allVersions(database).map(({ info }) => Number(info.version.slice(1)));
  return `v${Math.max(...numbers) + 1}`;
}

export function slotsOf(database: Pick<ModelDatabase, 'document'>): Slots {
  return database.document<Slots>('slots')!;
}

/** The version that takes the traffic. */
export function activeVersion(database: Pick<ModelDatabase, 'document'>): StoredVersion {
  const slots = slotsOf(database);
  return versionOf(database, slots[slots.active]!)!;
}

/** The version that took the traffic at a time. */
export function versionAt(database: Pick<ModelDatabase, 'document'>, at: number): StoredVersion {
  const deployments = database.document<Deployments>('deployments')!;
  const last = deployments.findLast((deployment) => Date.parse(deployment.at) <= at);
  return (last && versionOf(database, last.to)) ?? activeVersion(database);
}

export function otherSlot(slot: SlotName): SlotName {
  return slot === 'blue' ? 'green' : 'blue';
}

function statusOf(name: string, slots: Slots, deployed: Set<string>): ModelVersion['status'] {
  if (slots[slots.active] === name) return 'live';
  if (slots[otherSlot(slots.active)] === name) return 'standby';
  return deployed.has(name) ? 'retired' : 'candidate';
}

/** A model as `GET /models` has it. */
export function modelRecord(database: ModelDatabase): ModelRecord {
  const slots = slotsOf(database);
  const deployments = database.document<Deployments>('deployments')!;
  const deployed = new Set(deployments.map((deployment) => deployment.to));
  return {
    model: database.spec.model,
    active_version: slots[slots.active]!,
    slots,
    features: [...database.spec.features],
    versions: allVersions(database).map(({ info }) => ({
      ...info,
      status: statusOf(info.version, slots, deployed),
    })),
    deployments,
  };
}
