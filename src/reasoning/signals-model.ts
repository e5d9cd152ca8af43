import { previousVersion as versionBefore } from '../domain/deployment-history.ts';
import type { ModelVersion } from '../platform/schemas.ts';
import type { CaseFile } from './case-file.ts';
import { absent, type Reading, seen } from './reading.ts';
import { nearOnset } from './signals-inputs.ts';
import { fixed, minute, percent } from './text.ts';

/** Signals of what the model answers, which version does, and what it was trained on. */

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

export function deployed(c: CaseFile): Reading | undefined {
  if (!c.versions) return undefined;
  const at = deploymentAtOnset(c);
  if (!at) return absent(`no deployment around ${minute(c.began)}`, c.versions.id);
  return seen(`${at.kind} of ${at.to} (before: ${at.from ?? 'none'}) at ${minute(at.at)}`, c.versions.id);
}

/** A version that had never served before took the traffic when the fault began, and still has it. */
export function newVersion(c: CaseFile): Reading | undefined {
  if (!c.versions) return undefined;
  const { active, deployments, id } = c.versions;
  const first = deployments.find((d) => d.to === active);
  if (!first || !nearOnset(c, first.at) || !first.from)
    return absent(`${active} served before the fault began`, id);
  return seen(`${active} has been serving since ${minute(first.at)} only, after ${first.from}`, id);
}

function f1Readable(c: CaseFile) {
  const o = c.outcomes;
  return o && o.f1 !== null && o.positives >= c.policy.thresholds.accuracy_drop.min_positives ? o : undefined;
}

export function f1Down(c: CaseFile): Reading | undefined {
  const o = f1Readable(c);
  if (!o) return undefined;
  const limit = o.baseline_f1 * (1 - c.policy.thresholds.accuracy_drop.relative_drop);
  const text = `F1 ${fixed(o.f1!, 3)} against a baseline of ${fixed(o.baseline_f1, 3)}`;
  return (o.f1_interval?.[1] ?? o.f1!) < limit
    ? seen(`${text}: it fell`, o.id)
    : absent(`${text}: no fall`, o.id);
}

/** Labels that precision is judged by, at least. */
const MIN_POSITIVES = 50;

export function precisionDown(c: CaseFile): Reading | undefined {
  const [o, base] = [c.outcomes, activeVersion(c)?.baseline.precision];
  if (!o || o.precision === null || base === undefined || o.positives < MIN_POSITIVES) return undefined;
  const text = `precision ${fixed(o.precision, 3)}, in training ${fixed(base, 3)}`;
  const ids = [o.id, c.versions!.id];
  return o.precision < base * 0.9 ? seen(`${text}: it fell`, ...ids) : absent(`${text}: it holds`, ...ids);
}

export function flaggedUp(c: CaseFile): Reading | undefined {
  if (!c.outcomes || c.outcomes.n < c.policy.thresholds.anomaly_spike.min_samples) return undefined;
  const { flagged_share, baseline_flagged_share, id } = c.outcomes;
  const text = `${percent(flagged_share)} of predictions flagged, baseline ${percent(baseline_flagged_share)}`;
  const up = flagged_share - baseline_flagged_share > c.policy.thresholds.anomaly_spike.points;
  return up ? seen(text, id) : absent(`${text}: no spike`, id);
}

/** Positives among the labels now, against those before the fault: training may have seen wrong labels. */
export function positivesUp(c: CaseFile): Reading | undefined {
  const [o, before] = [c.outcomes, c.trend?.before];
  if (!o || !before || o.labelled === 0 || before.labelled === 0) return undefined;
  const now = `${o.positives} of ${o.labelled} labels positive`;
  const then = `${before.positives} of ${before.labelled} before`;
  const ids = [o.id, c.trend!.id];
  const current = { rows: o.labelled, positives: o.positives };
  const earlier = { rows: before.labelled, positives: before.positives };
  return current.positives * earlier.rows > earlier.positives * current.rows && sharesDiffer(current, earlier)
    ? seen(`${now}, ${then}`, ...ids)
    : absent(`${now}, ${then}: no rise`, ...ids);
}

/** A difference of F1 that windows of a few hundred positives do not show by chance. */
const BETTER = 0.03;

export function previousBetter(c: CaseFile): Reading | undefined {
  const f1 = (version?: string) => c.versions?.recent_f1.find((r) => r.version === version)?.f1 ?? null;
  const before = previousVersion(c)?.version;
  const [now, then] = [f1(c.versions?.active), f1(before)];
  if (!c.versions || now === null || then === null) return undefined;
  const text = `${before} had F1 ${fixed(then, 3)} while it served, ${c.versions.active} has ${fixed(now, 3)}`;
  return then > now + BETTER ? seen(text, c.versions.id) : absent(`${text}: not better`, c.versions.id);
}

/** Two shares of positives differ by more than chance: so many standard errors, and this factor. */
const OFF_ERRORS = 4;
const OFF_RATIO = 1.2;

/** Whether the active version's training data differ from those of the version before, by their labels or their gaps. */
export function trainingOff(c: CaseFile): Reading | undefined {
  const [active, before] = [activeVersion(c), previousVersion(c)];
  if (!c.versions || !active || !before || active.training.rows === 0 || before.training.rows === 0)
    return undefined;
  const { from, to } = active.training;
  const limit = c.policy.thresholds.data_quality.bad_share;
  const bad = c.quality
    .flatMap((q) => q.reported.map((row) => ({ ...row, id: q.id })))
    .find((row) => row.timestamp >= from && row.timestamp < to && row.null_rate > limit);
  if (bad) {
    const gap = `a null rate of ${percent(bad.null_rate)} (${minute(bad.timestamp)})`;
    return seen(`${active.version} was trained on rows with ${gap}`, bad.id, c.versions.id);
  }
  const labels = (v: ModelVersion) => `${v.training.positives} of ${v.training.rows} training labels`;
  const text = `${labels(active)} of ${active.version} are positive, ${labels(before)} of ${before.version}`;
  return sharesDiffer(active.training, before.training)
    ? seen(text, c.versions.id)
    : absent(`${text}: they look alike`, c.versions.id);
}

type Counts = Pick<ModelVersion['training'], 'rows' | 'positives'>;

/** Two-sample test of proportions by the pooled normal approximation. */
function sharesDiffer(a: Counts, b: Counts): boolean {
  const [p, q] = [a.positives / a.rows, b.positives / b.rows];
  const pooled = (a.positives + b.positives) / (a.rows + b.rows);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.rows + 1 / b.rows));
  return Math.abs(p - q) > OFF_ERRORS * error && Math.max(p, q) > OFF_RATIO * Math.min(p, q);
}
