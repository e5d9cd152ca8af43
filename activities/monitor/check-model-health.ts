import type { DriftReport, Infrastructure, PlatformHealth } from '../../src/domain/platform.ts';
import { windowOf } from '../../src/domain/policy/policy.ts';
import { f1Of } from '../../src/domain/stats/interval.ts';
import type { MetricsRow, PredictionOutcomes } from '../../src/domain/warehouse-rows.ts';
import { PlatformError } from '../../src/platform/port.ts';
import type { HealthFacts } from '../../src/reasoning/facts.ts';
import type { MonitorActivities } from '../../workflows/contracts/monitor.ts';
import { driftOf } from './check-drift.ts';
import { type MonitorDeps, type Round, type Subject, servingOf } from './context.ts';
import { measuringTool } from './tool.ts';

const DAY = 86_400_000;
/** Exported rows that evidence keeps. */
const EXPORTED = 48;
/** Two figures of one thing disagree when they are further apart than this, absolutely and as a share of ours. */
const TOLERANCE = { drift: [0.1, 0.25], f1: [0.03, 0.03], latency: [50, 0.25] } as const;

/**
 * `check_model_health`: what the platform says of itself (health, infrastructure, `/drift`, exported MODEL_METRICS). It has
 * no rule of its own; within an incident its figures are compared with ours, and where they disagree that is said.
 */
export function checkModelHealth(deps: MonitorDeps): MonitorActivities['check_model_health'] {
  return measuringTool('check_model_health', deps, async (round, subject, request, signal) => {
    const to = round.now.toISOString();
    const day = { from: new Date(Date.parse(to) - DAY).toISOString(), to };
    const serving = servingOf(round, subject.component);
    const [health, infrastructure, exported] = await Promise.all([
      serving?.health(subject.model, signal) ?? null,
      orNull(serving?.infrastructure(subject.model, signal)),
      round.warehouse.modelMetrics(subject.model, day, signal),
    ]);
    const facts: HealthFacts = {
      kind: 'health',
      model: subject.model,
      active_version: health?.active_version ?? subject.version.version,
      status: health?.status ?? null,
      infrastructure,
      exported: exported.value.slice(-EXPORTED),
      disagreements:
        request.incidentId === undefined ? [] : await disagreements(round, subject, exported.value, signal),
    };
    const cut = exported.value.length - facts.exported.length;
    return {
      measurements: [],
      evidence: [
        {
          system: `model platform and ${round.warehouse.system}`,
          asked: `health, versions, infrastructure and drift of ${subject.model}; ${exported.query}`,
          window: day,
          summary: healthSummary(health, infrastructure, facts),
          facts,
          ...(cut > 0 && { cut: `cut: the last ${EXPORTED} of ${exported.value.length} exported rows` }),
        },
      ],
    };
  });
}

/** Where `/drift` and the newest exported metrics differ from what we measure over the same version's rows, in words. */
async function disagreements(
  round: Round,
  subject: Subject,
  exported: MetricsRow[],
  signal: AbortSignal,
): Promise<string[]> {
  const { version } = subject.version;
  const serving = servingOf(round, subject.component);
  const [{ drift }, outcomes, report] = await Promise.all([
    driftOf(round, subject, signal),
    round.warehouse.predictionOutcomes({ model: subject.model, version, window: subject.window }, signal),
    orNull(serving?.drift(subject.model, signal)),
  ]);
  const enough = drift.n_current >= subject.thresholds.model_drift.min_samples;
  const ours = enough ? drift.aggregate : null;
  return [
    ...(serving ? fromPlatform(report, version, ours) : []),
    ...fromExport(
      2 * windowOf(round.policy, subject.component),
      exported.at(-1),
      subject,
      ours,
      outcomes.value,
    ),
  ];
}

function fromPlatform(report: DriftReport | null, version: string, ours: number | null): string[] {
  if (report === null) return ['the platform gave no drift figure'];
  if (report.version !== version)
    return [`/drift speaks of ${report.version}, the rows judged are of ${version}`];
  return compare('drift', ours, report.aggregate, '/drift', TOLERANCE.drift);
}

function fromExport(
  stale: number,
  row: MetricsRow | undefined,
  subject: Subject,
  drift: number | null,
  outcomes: PredictionOutcomes,
): string[] {
  if (row === undefined) return ['MODEL_METRICS has no row of the last day'];
  const age = Date.parse(subject.window.to) - Date.parse(row.timestamp);
  if (!(age <= stale)) return [`MODEL_METRICS ends at ${row.timestamp}, ${Math.round(age / 60_000)} min ago`];
  const f1 =
    outcomes.tp + outcomes.fn >= subject.thresholds.accuracy_drop.min_positives ? f1Of(outcomes) : null;
  return [
    ...compare('drift', drift, row.drift_score, 'MODEL_METRICS', TOLERANCE.drift),
    ...compare('F1', f1?.f1 ?? null, row.f1, 'MODEL_METRICS', TOLERANCE.f1),
    ...compare(
      'p99 latency (ms)',
      outcomes.latency_p99_ms,
      row.latency_p99,
      'MODEL_METRICS',
      TOLERANCE.latency,
    ),
  ];
}

function compare(
  what: string,
  ours: number | null,
  theirs: number | null,
  source: string,
  [absolute, relative]: readonly [number, number],
): string[] {
  // An export may lack a figure, or hold one that is none.
  if (ours === null || theirs === null || !Number.isFinite(theirs)) return [];
  if (Math.abs(ours - theirs) <= Math.max(absolute, relative * Math.abs(ours))) return [];
  const text = (value: number) => Number(value.toPrecision(3)).toString();
  return [`${what}: ${source} says ${text(theirs)}, measured from the rows it is ${text(ours)}`];
}

function healthSummary(
  health: PlatformHealth | null,
  infrastructure: Infrastructure | null,
  facts: HealthFacts,
): string {
  const machines = infrastructure
    ? `replicas ${infrastructure.replicas}, cpu ${Math.round(infrastructure.cpu * 100)} %, memory ${Math.round(infrastructure.memory * 100)} %, queue ${infrastructure.queue}`
    : 'infrastructure not reported';
  const differing = facts.disagreements.length ? `; disagrees: ${facts.disagreements.join('; ')}` : '';
  const platform = health
    ? `Platform ${health.status}, ${health.active_version} active for ${facts.model}`
    : `No system serves ${facts.model} (policy)`;
  return `${platform}; ${machines}; ${facts.exported.length} exported metric rows in a day${differing}`;
}

/** What the platform may lack is worth no failure of the tool. Other errors are not caught. */
async function orNull<T>(answer: Promise<T> | undefined): Promise<T | null> {
  try {
    return (await answer) ?? null;
  } catch (error) {
    if (error instanceof PlatformError) return null;
    throw error;
  }
}
