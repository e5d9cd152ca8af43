import { previousVersion as versionBefore } from '../domain/deployment-history.ts';
import type { ModelVersion } from '../platform/schemas.ts';
import type { CaseFile } from './case-file.ts';
import { fixed, list, minute, percent, quote } from './text.ts';

/**
 * What one look at the evidence showed. Absent readings are worth as much: "no failed pipeline run" goes into
 * `not_found` and speaks against a cause. Undefined: nobody looked, or there was too little data to say.
 */
export interface Reading {
  seen: boolean;
  text: string;
  evidence: string[];
}

const seen = (text: string, ...evidence: string[]): Reading => ({ seen: true, text, evidence });
const absent = (text: string, ...evidence: string[]): Reading => ({ seen: false, text, evidence });

const MINUTE = 60_000;
/** An upstream or production change explains a fault that begins up to an hour after it; clocks and buckets differ a little. */
const BEFORE = 60 * MINUTE;
const AFTER = 15 * MINUTE;
/** Without a measured onset all that is known is when the alert says it began, so the net is wider. */
const WIDE = 3;

function nearOnset(c: CaseFile, at: string): boolean {
  const lag = Date.parse(at) - Date.parse(c.began);
  const width = c.onset ? 1 : WIDE;
  return lag >= -BEFORE * width && lag <= AFTER * width;
}

export const driftedOf = (c: CaseFile) =>
  (c.drift?.features ?? []).filter((f) => f.drifted).sort((a, b) => b.psi_corrected - a.psi_corrected);

const activeVersion = (c: CaseFile): ModelVersion | undefined =>
  c.versions?.versions.find((v) => v.version === c.versions!.active);

/** The version that the active one was deployed over, where the platform still knows it: where a rollback goes. */
export function previousVersion({ versions }: CaseFile): ModelVersion | undefined {
  const before = versions && versionBefore(versions.deployments, versions.active);
  return versions?.versions.find((v) => v.version === before);
}

/** The deployment that put the active version in place, if the fault began with it. */
export const deploymentAtOnset = (c: CaseFile) =>
  c.versions?.deployments.findLast((d) => nearOnset(c, d.at) && d.from !== d.to);

/** Changes of one kind around the onset, first those nearest to it. */
export function upstreamChanges(c: CaseFile, ...kinds: string[]) {
  const distance = (at: string) => Math.abs(Date.parse(at) - Date.parse(c.began));
  return (c.upstream?.changes ?? [])
    .filter((change) => kinds.includes(change.what) && nearOnset(c, change.at))
    .sort((a, b) => distance(a.at) - distance(b.at));
}

function upstream(c: CaseFile, kinds: string[], name: string): Reading | undefined {
  if (!c.upstream) return undefined;
  const [first, ...more] = upstreamChanges(c, ...kinds);
  if (!first) return absent(`no ${name} around ${minute(c.began)}`, c.upstream.id);
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  return seen(`pipeline ${quote(first.text, 180)}${others}`, c.upstream.id);
}

/** Onsets that date this fault: those of the drifted features, else of whatever left its level. */
function shapes(c: CaseFile) {
  const names = driftedOf(c).map((f) => f.feature);
  const all = c.trend?.onsets ?? [];
  const features = all.filter((o) => names.includes(o.series));
  return features.length > 0 ? features : all;
}

function shape(c: CaseFile, abrupt: boolean): Reading | undefined {
  const all = shapes(c);
  if (!c.trend || all.length === 0) return undefined;
  const same = all.filter((o) => o.abrupt === abrupt);
  const word = abrupt ? 'abruptly' : 'gradually';
  if (same.length * 2 <= all.length) return absent(`the change did not come ${word}`, c.trend.id);
  const numbers = same.slice(0, 3).map((o) => `${o.series} ${fixed(o.before)} → ${fixed(o.after)}`);
  return seen(`${list(numbers)}, ${word} from ${minute(same[0]!.at)}`, c.trend.id);
}

function volume(c: CaseFile) {
  const known = c.quality.filter((q) => q.expected_count !== null && q.expected_count > 0);
  return known.map((q) => ({ ...q, ratio: q.record_count / q.expected_count! }));
}

function volumeReading(c: CaseFile, name: string, past: (ratio: number) => boolean): Reading | undefined {
  const all = volume(c);
  if (all.length === 0) return undefined;
  const hit = all.find((q) => past(q.ratio)) ?? all[0]!;
  const counts = `${hit.record_count} records of ${Math.round(hit.expected_count!)} expected in ${hit.pipeline}`;
  return past(hit.ratio) ? seen(`${name}: ${counts}`, hit.id) : absent(`not ${name}: ${counts}`, hit.id);
}

/** Traffic this far above the expected one loads the servers, well before the data-quality rule calls it a fault. */
const SURGE = 1.4;
const CPU_FULL = 0.85;
const MEMORY_FULL = 0.9;
const QUEUE_LONG = 50;

/** Share of positives among the labels, far enough from the training share to mean that the world or the labels changed. */
const SHARE_RATIO = 1.4;

function positives(c: CaseFile) {
  const trained = activeVersion(c)?.training;
  if (!c.outcomes || !trained || c.outcomes.positives < 50 || trained.rows === 0) return undefined;
  const now = c.outcomes.positives / c.outcomes.labelled;
  const then = trained.positives / trained.rows;
  return { now, then, ids: [c.outcomes.id, c.versions!.id] };
}

function f1Down(c: CaseFile): Reading | undefined {
  const o = c.outcomes;
  const { relative_drop, min_positives } = c.policy.thresholds.accuracy_drop;
  if (!o || o.f1 === null || o.positives < min_positives) return undefined;
  const limit = o.baseline_f1 * (1 - relative_drop);
  const text = `F1 ${fixed(o.f1, 3)} against a baseline of ${fixed(o.baseline_f1, 3)}`;
  return (o.f1_interval?.[1] ?? o.f1) < limit
    ? seen(`${text}: it fell`, o.id)
    : absent(`${text}: no fall`, o.id);
}

function precisionDown(c: CaseFile): Reading | undefined {
  const [o, base] = [c.outcomes, activeVersion(c)?.baseline.precision];
  if (!o || o.precision === null || base === undefined || o.positives < 50) return undefined;
  const text = `precision ${fixed(o.precision, 3)}, in training ${fixed(base, 3)}`;
  const ids = [o.id, c.versions!.id];
  return o.precision < base * 0.9 ? seen(`${text}: it fell`, ...ids) : absent(`${text}: it holds`, ...ids);
}

const negated = (reading: Reading | undefined) => reading && { ...reading, seen: !reading.seen };

/** Every signal the rules know, and how it is read from the evidence. To add one: a reader here, its name in a rule. */
export const SIGNALS = {
  features_drifted: (c) => {
    if (!c.drift) return undefined;
    const drifted = driftedOf(c);
    const { id, features } = c.drift;
    if (drifted.length === 0) return absent(`none of ${features.length} features drifted`, id);
    const names = drifted.map((f) => `${f.feature} (PSI ${fixed(f.psi_corrected)})`);
    const rest = features.length - drifted.length;
    return seen(`${list(names)} drifted; the other ${rest} of ${features.length} features did not`, id);
  },
  aggregate_high: (c) => {
    if (!c.drift) return undefined;
    const limit = c.policy.thresholds.model_drift.aggregate_psi;
    const text = `aggregate PSI ${fixed(c.drift.aggregate)} (limit ${limit})`;
    return c.drift.aggregate > limit ? seen(text, c.drift.id) : absent(`${text}: no drift`, c.drift.id);
  },
  few_features: (c) => {
    const [drifted, all] = [driftedOf(c).length, c.drift?.features.length ?? 0];
    if (!c.drift || drifted === 0) return undefined;
    const text = `${drifted} of ${all} features are affected`;
    return drifted <= all / 4 ? seen(text, c.drift.id) : absent(`not a few features: ${text}`, c.drift.id);
  },
  abrupt: (c) => shape(c, true),
  gradual: (c) => shape(c, false),
  schema_changed: (c) => upstream(c, ['schema_version'], 'change of a pipeline schema'),
  source_changed: (c) => upstream(c, ['source'], 'change of a pipeline source'),
  upstream_changed: (c) => upstream(c, ['schema_version', 'source'], 'change of schema or source'),
  runs_failed: (c) => upstream(c, ['failed'], 'failed pipeline run'),
  runs_missing: (c) => upstream(c, ['missing'], 'missing pipeline run'),
  runs_duplicate: (c) => upstream(c, ['duplicate'], 'batch that was loaded twice'),
  nulls_high: (c) => {
    const limit = c.policy.thresholds.data_quality.bad_share;
    const bad = c.quality.find((q) => q.null_rate > limit);
    if (bad)
      return seen(`null rate ${percent(bad.null_rate)} in ${bad.pipeline} (limit ${percent(limit)})`, bad.id);
    const empty = (c.drift?.features ?? []).filter((f) => f.nulls_current > limit * Math.max(1, f.n_current));
    if (empty.length > 0) return seen(`missing values in ${list(empty.map((f) => f.feature))}`, c.drift!.id);
    if (c.quality.length === 0) return undefined;
    return absent(`null rate is normal (below ${percent(limit)})`, ...c.quality.map((q) => q.id));
  },
  violations_high: (c) => {
    const limit = c.policy.thresholds.data_quality.bad_share;
    if (c.quality.length === 0) return undefined;
    const bad = c.quality.find((q) => q.record_count > 0 && q.schema_violations / q.record_count > limit);
    if (!bad) return absent('records match the expected schema', ...c.quality.map((q) => q.id));
    const share = percent(bad.schema_violations / bad.record_count);
    return seen(`${share} of the records of ${bad.pipeline} do not match the expected schema`, bad.id);
  },
  volume_low: (c) =>
    volumeReading(c, 'too few records', (ratio) => ratio < c.policy.thresholds.data_quality.volume_low),
  volume_high: (c) =>
    volumeReading(c, 'too many records', (ratio) => ratio > c.policy.thresholds.data_quality.volume_high),
  traffic_high: (c) => volumeReading(c, 'more traffic than usual', (ratio) => ratio >= SURGE),
  f1_down: f1Down,
  f1_holds: (c) => negated(f1Down(c)),
  precision_down: precisionDown,
  precision_holds: (c) => negated(precisionDown(c)),
  flagged_up: (c) => {
    if (!c.outcomes) return undefined;
    const { flagged_share, baseline_flagged_share, id } = c.outcomes;
    const text = `${percent(flagged_share)} of predictions flagged, baseline ${percent(baseline_flagged_share)}`;
    const up = flagged_share - baseline_flagged_share > c.policy.thresholds.anomaly_spike.points;
    return up ? seen(text, id) : absent(`${text}: no spike`, id);
  },
  positives_up: (c) => {
    const share = positives(c);
    if (!share) return undefined;
    const text = `${percent(share.now)} of labels positive, ${percent(share.then)} in training`;
    return share.now > share.then * SHARE_RATIO
      ? seen(text, ...share.ids)
      : absent(`${text}: no rise`, ...share.ids);
  },
  deployed: (c) => {
    if (!c.versions) return undefined;
    const at = deploymentAtOnset(c);
    if (!at) return absent(`no deployment around ${minute(c.began)}`, c.versions.id);
    return seen(`${at.kind} of ${at.to} (before: ${at.from ?? 'none'}) at ${minute(at.at)}`, c.versions.id);
  },
  previous_better: (c) => {
    const f1 = (version?: string) => c.versions?.recent_f1.find((r) => r.version === version)?.f1 ?? null;
    const before = previousVersion(c)?.version;
    const [now, then] = [f1(c.versions?.active) ?? c.outcomes?.f1 ?? null, f1(before)];
    if (!c.versions || now === null || then === null) return undefined;
    const text = `${before} had F1 ${fixed(then, 3)} while it served, ${c.versions.active} has ${fixed(now, 3)}`;
    return then > now + 0.02 ? seen(text, c.versions.id) : absent(`${text}: not better`, c.versions.id);
  },
  training_off: (c) => {
    const [active, before] = [activeVersion(c), previousVersion(c)];
    if (!c.versions || !active || !before || active.training.rows === 0 || before.training.rows === 0)
      return undefined;
    const share = (v: ModelVersion) => v.training.positives / v.training.rows;
    const ratio = share(active) / share(before);
    const bad = c.quality
      .flatMap((q) => q.reported.map((row) => ({ ...row, id: q.id })))
      .filter((row) => row.timestamp >= active.training.from && row.timestamp < active.training.to)
      .find((row) => row.null_rate > c.policy.thresholds.data_quality.bad_share);
    if (bad)
      return seen(
        `${active.version} was trained on rows with a null rate of ${percent(bad.null_rate)} (${minute(bad.timestamp)})`,
        bad.id,
        c.versions.id,
      );
    const text =
      `${percent(share(active))} of the training labels of ${active.version} are positive, ` +
      `${percent(share(before))} of ${before.version}'s`;
    const off =
      ratio > SHARE_RATIO || ratio < 1 / SHARE_RATIO || active.baseline.f1 < before.baseline.f1 - 0.05;
    return off
      ? seen(`${text}; F1 on its own holdout ${fixed(active.baseline.f1, 3)}`, c.versions.id)
      : absent(`${text}: training data look alike`, c.versions.id);
  },
  latency_high: (c) => {
    const [p99, limit] = [c.outcomes?.latency_p99_ms ?? null, c.policy.thresholds.latency.p99_ms];
    if (!c.outcomes || p99 === null) return undefined;
    const text = `p99 latency ${Math.round(p99)} ms (limit ${limit} ms)`;
    return p99 > limit ? seen(text, c.outcomes.id) : absent(`${text}: normal`, c.outcomes.id);
  },
  resources_full: (c) => {
    const i = c.health?.infrastructure;
    if (!i) return undefined;
    const text = `cpu ${percent(i.cpu)}, memory ${percent(i.memory)} on ${i.replicas} replicas`;
    return i.cpu >= CPU_FULL || i.memory >= MEMORY_FULL
      ? seen(text, c.health!.id)
      : absent(`${text}: room left`, c.health!.id);
  },
  queue_long: (c) => {
    const i = c.health?.infrastructure;
    if (!i) return undefined;
    return i.queue >= QUEUE_LONG
      ? seen(`${i.queue} requests wait in the queue`, c.health!.id)
      : absent(`the queue is short (${i.queue})`, c.health!.id);
  },
} satisfies Record<string, (c: CaseFile) => Reading | undefined>;

export type Signal = keyof typeof SIGNALS;
export type Readings = Partial<Record<Signal, Reading>>;

/** Reads every signal once. */
export function readSignals(c: CaseFile): Readings {
  const entries = Object.entries<(c: CaseFile) => Reading | undefined>(SIGNALS).map(
    ([name, read]) => [name, read(c)] as const,
  );
  return Object.fromEntries(entries.filter(([, reading]) => reading !== undefined));
}
