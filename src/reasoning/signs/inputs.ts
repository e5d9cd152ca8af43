import { OWN_SERIES } from '../../domain/strategy.ts';
import { fixed, list, minute, percent, quote } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import type { UpstreamFacts } from '../facts.ts';
import { medianInterval } from '../history/upstream-changes.ts';
import { absent, type Reading, seen } from './reading.ts';

/** Signs of what comes in: features, records, and the runs that load them. */

const MINUTE = 60_000;
/** An upstream or production change explains a fault that begins up to an hour after it; clocks and buckets differ a little. */
const BEFORE = 60 * MINUTE;
const AFTER = 30 * MINUTE;
/** Without a measured onset only the alert dates the fault, so the interval is wider. */
const WIDE = 6;

/** Whether something happened when the fault began, so that it may have caused it. */
export function nearOnset(c: CaseFile, at: string, after = AFTER): boolean {
  const lag = Date.parse(at) - Date.parse(c.began);
  const width = c.onset ? 1 : WIDE;
  return lag >= -BEFORE * width && lag <= after * width;
}

type Feature = NonNullable<CaseFile['drift']>['features'][number];

/** Below the policy's limit, and yet far beyond what two samples of thousands of rows differ by. */
const MOVED_PSI = 0.04;

/** The features of a drift measurement; none of them where any has too few rows to judge. */
function features(c: CaseFile): Feature[] {
  const enough = c.policy.thresholds.model_drift.min_samples;
  const all = c.drift?.features ?? [];
  return all.every((f) => Math.min(f.n_reference, f.n_current) >= enough)
    ? [...all].sort((a, b) => b.psi_corrected - a.psi_corrected)
    : [];
}

/** More rows lack the feature than in training. Its other values may look as before. */
const isEmpty = (c: CaseFile, f: Feature) =>
  f.nulls_current / f.n_current - f.nulls_reference / f.n_reference >
  c.policy.thresholds.data_quality.bad_share;

/** Features whose values moved at all, most first. Rows that lack a value move nothing. */
export const movedOf = (c: CaseFile) => features(c).filter((f) => f.significant && f.psi_values > MOVED_PSI);

/** Features whose values drifted by policy, which judges only those that the model heeds. */
function driftedOf(c: CaseFile): Feature[] {
  const { feature_psi, feature_importance } = c.policy.thresholds.model_drift;
  return movedOf(c).filter((f) => f.psi_values > feature_psi && f.importance >= feature_importance);
}

const named = (features: readonly Feature[]) =>
  list(features.map((f) => `${f.feature} (PSI ${fixed(f.psi_corrected)})`));

export function featuresDrifted(c: CaseFile): Reading | undefined {
  if (!c.drift || features(c).length === 0) return undefined;
  const drifted = driftedOf(c);
  return drifted.length > 0
    ? seen(`${named(drifted)} drifted, the other features did not`, c.drift.id)
    : absent('no feature drifted', c.drift.id);
}

export function featuresMoved(c: CaseFile): Reading | undefined {
  if (!c.drift || features(c).length === 0) return undefined;
  const moved = movedOf(c);
  return moved.length > 0
    ? seen(`${named(moved)} moved`, c.drift.id)
    : absent('every feature looks as in training', c.drift.id);
}

export function aggregateHigh(c: CaseFile): Reading | undefined {
  if (!c.drift || features(c).length === 0) return undefined;
  const limit = c.policy.thresholds.model_drift.aggregate_psi;
  const text = `aggregate PSI ${fixed(c.drift.aggregate)} (limit ${limit})`;
  return c.drift.aggregate > limit ? seen(text, c.drift.id) : absent(`${text}: no drift`, c.drift.id);
}

/** Two features are few in a model of any size; in a larger one, this share of its features is. */
const FEW = 2;
const FEW_SHARE = 0.2;

export function fewFeatures(c: CaseFile): Reading | undefined {
  const [moved, all] = [movedOf(c), c.drift?.features.length ?? 0];
  if (!c.drift || moved.length === 0) return undefined;
  return moved.length <= Math.max(FEW, all * FEW_SHARE)
    ? seen(`only ${list(moved.map((f) => f.feature))} moved`, c.drift.id)
    : absent('many features are affected', c.drift.id);
}

/** How the fault began, by the series that date it: those of the features that moved, else the strategy's own. */
export function shape(c: CaseFile, abrupt: boolean): Reading | undefined {
  const names = movedOf(c).map((f) => f.feature);
  const every = c.trend?.onsets ?? [];
  const features = every.filter((o) => names.includes(o.series));
  const own = every.filter((o) => o.series === OWN_SERIES[c.strategy]);
  const all = features.length > 0 ? features : own;
  if (!c.trend || all.length === 0) return undefined;
  const same = all.filter((o) => o.abrupt === abrupt);
  const word = abrupt ? 'abruptly' : 'gradually';
  if (same.length * 2 <= all.length) return absent(`the change did not come ${word}`, c.trend.id);
  const numbers = same.slice(0, 3).map((o) => `${o.series} ${fixed(o.before)} → ${fixed(o.after)}`);
  return seen(`${list(numbers)}, ${word} from ${minute(same[0]!.at)}`, c.trend.id);
}

type Change = UpstreamFacts['changes'][number];

/** How long after a change upstream the loader's next run shows it, at most. */
function delayOf(c: CaseFile, pipeline: string): number {
  const runs = (c.upstream?.runs ?? []).filter((run) => run.pipeline_name === pipeline);
  return Math.max(AFTER, medianInterval(runs));
}

/** Changes of these kinds around the onset, first those nearest to it. */
export function upstreamChanges(c: CaseFile, ...kinds: Change['what'][]): Change[] {
  const distance = (at: string) => Math.abs(Date.parse(at) - Date.parse(c.began));
  return (c.upstream?.changes ?? [])
    .filter(({ what, at, pipeline }) => kinds.includes(what) && nearOnset(c, at, delayOf(c, pipeline)))
    .sort((a, b) => distance(a.at) - distance(b.at));
}

export function upstream(c: CaseFile, kinds: Change['what'][], name: string): Reading | undefined {
  if (!c.upstream) return undefined;
  const [first, second] = upstreamChanges(c, ...kinds);
  if (!first) return absent(`no ${name} around ${minute(c.began)}`, c.upstream.id);
  return seen(`pipeline ${quote(first.text, 180)}${second ? ', among others' : ''}`, c.upstream.id);
}

/** Batches with enough records to judge what is in them. */
const batches = (c: CaseFile) =>
  c.quality.filter((q) => q.record_count >= c.policy.thresholds.data_quality.min_records);

export function nullsHigh(c: CaseFile): Reading | undefined {
  const limit = c.policy.thresholds.data_quality.bad_share;
  const empty = features(c).filter((f) => isEmpty(c, f));
  const bad = batches(c).find((q) => q.null_rate > limit);
  const rate = bad && `null rate ${percent(bad.null_rate)} in ${bad.pipeline}`;
  if (empty.length > 0) {
    const missing = `values are missing in ${list(empty.map((f) => f.feature))}`;
    return rate ? seen(`${missing}, ${rate}`, c.drift!.id, bad.id) : seen(missing, c.drift!.id);
  }
  if (rate) return seen(rate, bad.id);
  if (batches(c).length === 0) return undefined;
  return absent('null rate is normal', ...batches(c).map((q) => q.id));
}

export function violationsHigh(c: CaseFile): Reading | undefined {
  const limit = c.policy.thresholds.data_quality.bad_share;
  if (batches(c).length === 0) return undefined;
  const bad = batches(c).find((q) => q.schema_violations / q.record_count > limit);
  if (!bad) return absent('records match the expected schema', ...batches(c).map((q) => q.id));
  const counts = `${bad.schema_violations} of ${bad.record_count} records`;
  return seen(`${counts} of ${bad.pipeline} do not match the expected schema`, bad.id);
}

/** A loader that repeats a batch repeats prediction ids; a few may be retries of single requests. */
const REPEATED_SHARE = 0.05;

const repeats = (q: CaseFile['quality'][number]) => q.repeated_rows > REPEATED_SHARE * q.record_count;

export function rowsRepeated(c: CaseFile): Reading | undefined {
  if (batches(c).length === 0) return undefined;
  const bad = batches(c).find(repeats);
  if (!bad) return absent('no record is there twice', ...batches(c).map((q) => q.id));
  return seen(
    `${bad.repeated_rows} of ${bad.record_count} records of ${bad.pipeline} repeat a prediction that is there already`,
    bad.id,
  );
}

export function volumeReading(
  c: CaseFile,
  name: string,
  past: (ratio: number) => boolean,
): Reading | undefined {
  const enough = c.policy.thresholds.data_quality.min_records;
  const known = c.quality.filter((q) => q.expected_count !== null && q.expected_count >= enough);
  const hit = known.find((q) => past(q.record_count / q.expected_count!)) ?? known[0];
  if (!hit) return undefined;
  const ratio = hit.record_count / hit.expected_count!;
  const counts = `${hit.record_count} records of ${Math.round(hit.expected_count!)} expected in ${hit.pipeline}`;
  return past(ratio) ? seen(`${name}: ${counts}`, hit.id) : absent(`not ${name}: ${counts}`, hit.id);
}

/** Traffic this far above the expected one loads the servers, well before the data-quality rule calls it a fault. */
const SURGE = 1.4;

/** Requests against those expected, over the whole window or since the onset: a surge of minutes is thin in an hour. */
export function trafficHigh(c: CaseFile): Reading | undefined {
  const whole = volumeReading(c, 'more traffic than usual', (ratio) => ratio >= SURGE);
  const q = c.quality.find(({ expected_count }) => expected_count !== null) ?? c.quality[0];
  const since = c.trend?.arrivals;
  if (c.quality.some(repeats)) return whole && { ...whole, seen: false };
  if (!whole || whole.seen || !since || !q?.expected_count) return whole;
  const span = (window: { from: string; to: string }) => Date.parse(window.to) - Date.parse(window.from);
  const expected = (q.expected_count * span(since.window)) / Math.max(1, span(q.window));
  if (since.n < SURGE * expected) return whole;
  return seen(`more traffic than usual: ${since.n} requests since ${minute(since.window.from)}`, c.trend!.id);
}
