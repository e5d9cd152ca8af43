import { measureDrift } from '../../src/domain/stats/drift.ts';
import { f1Of } from '../../src/domain/stats/interval.ts';
import { expectedCount } from '../../src/domain/stats/volume.ts';
import type { Scope, Warehouse } from '../../src/warehouse/port.ts';
import { type connect, referenceOf } from './support.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MODEL = 'classifier';
const PIPELINE = 'transactions';

/** What can be seen of the world from outside, each against the limit of the default policy or rules. */
export const OBSERVABLES = [
  'drift',
  'gradual',
  'nulls',
  'volume_low',
  'volume_high',
  'f1_down',
  'flagged_up',
  'positives_up',
  'latency',
  'servers_full',
  'queue',
  'deployed',
  'training_off',
  'schema_changed',
  'runs_failed',
  'runs_missing',
  'runs_repeated',
  'rows_repeated',
] as const;
export type Observed = (typeof OBSERVABLES)[number];

const references = new WeakMap<Warehouse, Map<string, ReturnType<typeof referenceOf>>>();

/** A version's training rows do not change: their reference is asked for once. */
function rememberedReference(warehouse: Warehouse, scope: Scope, features: string[]) {
  const known = references.get(warehouse) ?? new Map<string, ReturnType<typeof referenceOf>>();
  references.set(warehouse, known);
  const key = JSON.stringify(scope);
  const reference = known.get(key) ?? referenceOf(warehouse, scope, features);
  known.set(key, reference);
  return reference;
}

/** Which observables have left their normal range in the hour before `now`, by SQL and the platform's HTTP API alone. */
export async function observables(
  { platform, warehouse }: Pick<ReturnType<typeof connect>, 'platform' | 'warehouse'>,
  now: number,
): Promise<Observed[]> {
  const window = { from: new Date(now - HOUR).toISOString(), to: new Date(now).toISOString() };
  const recent = { from: new Date(now - 4.5 * HOUR).toISOString(), to: window.to };
  const weeks = { from: new Date(now - 35 * DAY).toISOString(), to: window.to };
  const [info, infrastructure] = await Promise.all([platform.record(), platform.infrastructure()]);
  const active = info.versions.find(({ version }) => version === info.active_version)!;
  const last = info.deployments.at(-1)!;
  const before = info.versions.find(({ version }) => version === last.from)!;
  const training = { model: MODEL, window: active.training, labelled: true };
  const { histograms, cells } = await rememberedReference(warehouse, training, info.features);
  const driftIn = async (from: number, to: number) => {
    const window = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const current = await warehouse.featureHistograms({ model: MODEL, window }, cells);
    const limits = { feature_psi: 0.2, false_discovery_rate: 0.05 };
    return measureDrift(histograms, current.value, active.importances, limits).aggregate!;
  };
  const drift = await driftIn(now - HOUR, now);
  const earlier = await driftIn(now - 2 * HOUR, now - 1.5 * HOUR);
  const scope = { model: MODEL, version: active.version, window };
  const outcomes = (await warehouse.predictionOutcomes(scope)).value;
  const days = { from: new Date(now - 3 * DAY).toISOString(), to: new Date(now - 6 * HOUR).toISOString() };
  const labels = (await warehouse.predictionOutcomes({ model: MODEL, window: days })).value;
  const batch = (await warehouse.batchQuality({ model: MODEL, window }, info.features, {})).value;
  const expected = expectedCount((await warehouse.dataQuality(PIPELINE, weeks)).value, window)!.count;
  const runs = (await warehouse.pipelineRuns([PIPELINE], recent)).value;
  const volume = batch.record_count / expected;
  const share = (rows: { rows: number; positives: number }) => rows.positives / rows.rows;
  const usual = (labels.tp + labels.fn) / labels.labelled;
  const positives = (outcomes.tp + outcomes.fn) / outcomes.labelled;
  const trained = share(active.training) / share(before.training);
  const ends = [...runs.map(({ timestamp }) => Date.parse(timestamp)), now];
  const seen: Record<Observed, boolean> = {
    drift: drift > 0.3,
    gradual: earlier > 0.03 && earlier < drift * 0.8,
    nulls: batch.null_cells / batch.cells > 0.05,
    volume_low: volume < 0.5,
    volume_high: volume > 2,
    f1_down: outcomes.tp + outcomes.fn >= 100 && f1Of(outcomes)!.f1 < active.baseline.f1 * 0.95,
    flagged_up: outcomes.flagged / outcomes.n > active.baseline.flagged_share + 0.1,
    positives_up: positives > 1.4 * usual,
    latency: outcomes.latency_p99_ms! > 1000,
    servers_full: infrastructure.cpu > 0.85 || infrastructure.memory > 0.9,
    queue: infrastructure.queue > 50,
    deployed: last.at >= recent.from,
    training_off: trained > 1.4 || trained < 1 / 1.4,
    schema_changed: new Set(runs.map((run) => run.schema_version)).size > 1,
    runs_failed: runs.some(({ status }) => status !== 'success'),
    runs_missing: ends.some((at, i) => i > 0 && at - ends[i - 1]! > 2.5 * HOUR),
    runs_repeated: new Set(runs.map((run) => run.run_id)).size < runs.length,
    rows_repeated: batch.repeated > 0,
  };
  return OBSERVABLES.filter((name) => seen[name]);
}
