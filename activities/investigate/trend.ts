import type { AlertType } from '../../src/domain/alert.ts';
import type { TimeWindow } from '../../src/domain/measurement.ts';
import { f1Of } from '../../src/domain/stats/interval.ts';
import { OWN_SERIES } from '../../src/domain/strategy.ts';
import { earlier, later } from '../../src/domain/text.ts';
import type { TrendPoint } from '../../src/domain/warehouse-rows.ts';
import type { DriftFacts, TrendFacts } from '../../src/reasoning/facts.ts';
import { levelChange, type SeriesPoint } from '../../src/reasoning/history/changepoint.ts';
import type { Warehouse } from '../../src/warehouse/port.ts';

const HOUR = 3_600_000;
const COARSE_SECONDS = 300;
const FINE_SECONDS = 60;
const MAX_FEATURES = 5;
/** An F1 of fewer positives is meaningless: buckets are joined until they hold as many. */
const MIN_POSITIVES = 25;
/** A 99th percentile of fewer rows is nothing but their slowest; buckets of a thinned history have no more. */
const MIN_LATENCIES = 100;

/** Features whose history is worth a look: those that drifted, else the three that come nearest. */
export function tellingFeatures(drift: DriftFacts | undefined): string[] {
  const features = [...(drift?.features ?? [])].sort((a, b) => b.psi_corrected - a.psi_corrected);
  const drifted = features.filter((f) => f.drifted).slice(0, MAX_FEATURES);
  return (drifted.length > 0 ? drifted : features.slice(0, 3)).map((f) => f.feature);
}

/** F1 over time, each point over as many buckets as its positives need; rows without labels do not count. */
function f1Series(points: readonly TrendPoint[]): SeriesPoint[] {
  const series: SeriesPoint[] = [];
  let [at, tp, fp, fn] = ['', 0, 0, 0];
  for (const point of points) {
    if (tp + fn === 0) at = point.at;
    tp += point.tp;
    fp += point.fp;
    fn += point.fn;
    if (tp + fn < MIN_POSITIVES) continue;
    series.push({ at, value: f1Of({ tp, fp, fn })!.f1, weight: tp + fn });
    [tp, fp, fn] = [0, 0, 0];
  }
  return series;
}

/** One series of a trend by its name: `f1`, `flagged_share`, `latency_p99_ms`, or a feature's mean. */
function seriesOf(points: readonly TrendPoint[], name: string): SeriesPoint[] {
  if (name === 'f1') return f1Series(points);
  return points.map((point) => {
    switch (name) {
      case 'flagged_share':
        return { at: point.at, value: point.flagged / point.n, weight: point.n };
      case 'latency_p99_ms':
        return {
          at: point.at,
          value: point.n < MIN_LATENCIES ? Number.NaN : (point.latency_p99_ms ?? Number.NaN),
          weight: point.n,
        };
      default:
        return { at: point.at, value: point.means[name] ?? Number.NaN, weight: point.n };
    }
  });
}

/**
 * The history of one model: means of its telling features and outcomes per 5 minutes, when each left its level, then the
 * hour around the onset per minute, which dates it to the minute. Older rows are a thinned sample: means stand, counts
 * do not, so the labelled rows are counted by a question of their own. `dating` are the onsets that `onset` is one of: those
 * of the features that drifted, else of the alert's own series; others moved as well, perhaps for reasons of their own.
 */
export async function readTrend(
  warehouse: Warehouse,
  ask: {
    model: string;
    window: TimeWindow;
    /** Milliseconds over which the rows since the onset are counted at most. */
    recentMs: number;
    strategy: AlertType;
    drift: DriftFacts | undefined;
  },
  signal?: AbortSignal,
): Promise<{ facts: TrendFacts; query: string; dating: TrendFacts['onsets'] }> {
  const { model, window, strategy } = ask;
  const features = tellingFeatures(ask.drift);
  const drifted = new Set((ask.drift?.features ?? []).filter((f) => f.drifted).map((f) => f.feature));
  const coarse = await warehouse.predictionTrend({ model, window }, COARSE_SECONDS, features, signal);
  const points = coarse.value;
  const names = [...features, 'f1', 'flagged_share', 'latency_p99_ms'];
  const rough = names.flatMap((series) => {
    const change = levelChange(seriesOf(points, series));
    return change ? [{ series, ...change }] : [];
  });
  const ofFeatures = rough.filter((o) => drifted.has(o.series));
  const leads = ofFeatures.length > 0 ? ofFeatures : rough.filter((o) => o.series === OWN_SERIES[strategy]);
  const lead = earliest(leads);

  let onsets = rough;
  if (lead?.abrupt && lead.series !== 'f1') {
    const around = {
      from: later(window.from, new Date(Date.parse(lead.at) - HOUR / 2).toISOString()),
      to: earlier(window.to, new Date(Date.parse(lead.at) + HOUR / 2).toISOString()),
    };
    const fine = await warehouse.predictionTrend({ model, window: around }, FINE_SECONDS, features, signal);
    onsets = rough.map((onset) => {
      if (onset.series === 'f1' || !onset.abrupt) return onset;
      const finer = levelChange(seriesOf(fine.value, onset.series));
      return finer ? { ...onset, at: finer.at } : onset;
    });
  }
  const dating = onsets.filter((o) => leads.some(({ series }) => series === o.series));
  const onset = earliest(dating)?.at ?? null;
  const since = onset
    ? (
        await warehouse.predictionOutcomes(
          { model, window: { from: onset, to: window.to }, labelled: true },
          signal,
        )
      ).value
    : null;
  const recent = onset ? await arrivals(warehouse, model, recentWindow(onset, ask), signal) : null;
  return {
    query: coarse.query,
    dating,
    facts: {
      kind: 'trend',
      model,
      window,
      bucket_seconds: COARSE_SECONDS,
      points,
      onsets,
      onset,
      arrivals: recent,
      before: labelsBefore(points, onset ?? recentWindow(window.from, ask).from),
      labelled_since_onset: since?.labelled ?? 0,
      positives_since_onset: since ? since.tp + since.fn : 0,
    },
  };
}

/** What came in since the onset, but at most so long: of older traffic a warehouse may keep a sample only. */
const recentWindow = (onset: string, { window, recentMs }: { window: TimeWindow; recentMs: number }) => ({
  from: later(onset, new Date(Date.parse(window.to) - recentMs).toISOString()),
  to: window.to,
});

async function arrivals(warehouse: Warehouse, model: string, window: TimeWindow, signal?: AbortSignal) {
  return { window, n: (await warehouse.predictionOutcomes({ model, window }, signal)).value.n };
}

function labelsBefore(points: readonly TrendPoint[], at: string): TrendFacts['before'] {
  const before = points.filter((point) => point.at < at);
  const sum = (value: (point: TrendPoint) => number) => before.reduce((acc, point) => acc + value(point), 0);
  return { labelled: sum((point) => point.labelled), positives: sum((point) => point.tp + point.fn) };
}

const earliest = <T extends { at: string }>(items: readonly T[]) =>
  [...items].sort((a, b) => a.at.localeCompare(b.at))[0];
