import { lastTakeover, previousVersion as versionBefore } from '../../domain/deployment-history.ts';
import type { ModelVersion } from '../../domain/platform.ts';
import { f1Of } from '../../domain/stats/interval.ts';
import { fixed, minute, percent } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import { nearOnset } from './inputs.ts';
import { absent, type Reading, seen } from './reading.ts';

/** Signs of what the model answers, which version does, and what it was trained on. */

const activeVersion = (c: CaseFile): ModelVersion | undefined =>
  c.versions?.versions.find((v) => v.version === c.versions!.active);

/** The version that a rollback returns to: the one before the active version, where the platform still has it. */
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

/** A version that was kept for this long is not new, whatever went on around it when it came back. */
const LONG_MS = 86_400_000;

/**
 * Whether the active version is known from before it last took the traffic: it had served for long, or for less and well, by
 * enough labels. A canary of minutes proves nothing.
 */
function servedWell({ versions, policy }: CaseFile, active: ModelVersion | undefined, took: string): boolean {
  const { earlier, deployments } = versions!;
  if (!earlier || !active) return false;
  const served = deployments.map(({ at, to }, i) => {
    const until = deployments[i + 1]?.at ?? took;
    return to === active.version && at < took ? Date.parse(until) - Date.parse(at) : 0;
  });
  if (served.reduce((sum, ms) => sum + ms, 0) >= LONG_MS) return true;
  const { min_positives, relative_drop } = policy.thresholds.accuracy_drop;
  const limit = active.baseline.f1 * (1 - relative_drop);
  return earlier.f1 !== null && earlier.positives >= min_positives && earlier.f1 >= limit;
}

/** A version that is not known to have served well before took the traffic when the fault began, and still has it. */
export function newVersion(c: CaseFile): Reading | undefined {
  if (!c.versions) return undefined;
  const { active, deployments, id } = c.versions;
  const took = lastTakeover(deployments, active);
  if (!took?.from || !nearOnset(c, took.at) || servedWell(c, activeVersion(c), took.at))
    return absent(`${active} served before the fault began`, id);
  return seen(`${active} has been serving since ${minute(took.at)}, after ${took.from}`, id);
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

/**
 * The latest time at which the fault can have begun, where no onset was measured: the start of the measured window, if F1 is low
 * in the first quarter of it already. All rows from then on are rows since the fault.
 */
export function latestOnset(c: CaseFile): string | null {
  const o = c.outcomes;
  if (c.onset || !o || !c.trend || !f1Down(c)?.seen) return null;
  const { from, to } = o.labelled_window ?? o.window;
  const quarter = Date.parse(from) + (Date.parse(to) - Date.parse(from)) / 4;
  const first = c.trend.points.filter(({ at }) => at >= from && Date.parse(at) < quarter);
  const count = (key: 'tp' | 'fp' | 'fn') => first.reduce((sum, point) => sum + point[key], 0);
  const counts = { tp: count('tp'), fp: count('fp'), fn: count('fn') };
  const { min_positives, relative_drop } = c.policy.thresholds.accuracy_drop;
  const f1 = f1Of(counts)?.f1 ?? null;
  const fell = f1 !== null && f1 < o.baseline_f1 * (1 - relative_drop);
  return fell && counts.tp + counts.fn >= min_positives ? from : null;
}

/** A difference of F1 that windows of a few hundred positives do not show by chance. */
const BETTER = 0.03;

export function previousBetter(c: CaseFile): Reading | undefined {
  const enough = c.policy.thresholds.accuracy_drop.min_positives;
  const f1 = (version?: string) => {
    const recent = c.versions?.recent_f1.find((r) => r.version === version);
    return recent && recent.positives >= enough ? recent.f1 : null;
  };
  const before = previousVersion(c)?.version;
  const [now, then] = [f1(c.versions?.active), f1(before)];
  if (!c.versions || now === null || then === null) return undefined;
  const text = `${before} had F1 ${fixed(then, 3)} while it served, ${c.versions.active} has ${fixed(now, 3)}`;
  return then > now + BETTER ? seen(text, c.versions.id) : absent(`${text}: not better`, c.versions.id);
}

/** Two shares of positives differ by more than chance: so many standard errors, and this factor. */
const OFF_ERRORS = 4;
const OFF_RATIO = 1.2;

/** Whether the active version's training data have another share of positives than those of the version before. */
export function trainingOff(c: CaseFile): Reading | undefined {
  const [active, before] = [activeVersion(c), previousVersion(c)];
  if (!c.versions || !active || !before || active.training.rows === 0 || before.training.rows === 0)
    return undefined;
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
