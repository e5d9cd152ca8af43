import type { Alert, AlertType } from '../domain/alert.ts';
import type { Capability } from '../domain/component-status.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { PastAction } from '../domain/past-action.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { leadingAlert } from '../domain/strategy.ts';
import type {
  DriftFacts,
  Facts,
  HealthFacts,
  OutcomeFacts,
  QualityFacts,
  TrendFacts,
  UpstreamFacts,
  VersionFacts,
} from './facts.ts';

/** The material of a diagnosis. All of it was collected before; nothing is fetched. */
export interface DiagnoseInput {
  strategy: AlertType;
  alerts: Alert[];
  evidence: Evidence[];
  pastActions: PastAction[];
  policy: Pick<Policy, 'actions' | 'gate' | 'thresholds'>;
  /** The capabilities that the component lacks by policy. No action that needs one of them is proposed. */
  missing: readonly Capability[];
}

/** Facts with the evidence id that stands behind them. */
export type CitableFacts<T> = T & { id: string };

/** The evidence of one incident, sorted by kind: the latest item of each. */
export interface CaseFile extends DiagnoseInput {
  lead: Alert;
  drift?: CitableFacts<DriftFacts>;
  outcomes?: CitableFacts<OutcomeFacts>;
  health?: CitableFacts<HealthFacts>;
  /** One per pipeline. */
  quality: CitableFacts<QualityFacts>[];
  trend?: CitableFacts<TrendFacts>;
  upstream?: CitableFacts<UpstreamFacts>;
  versions?: CitableFacts<VersionFacts>;
  runbooks?: Evidence;
  incidents?: Evidence;
  /** When the series that dates the fault left its level; null where none did. */
  onset: string | null;
  /** `onset`, or else the start of the earliest alert. */
  began: string;
}

type Kind = Facts['kind'];

function latest<K extends Kind>(evidence: Evidence[], kind: K): CitableFacts<Extract<Facts, { kind: K }>>[] {
  return evidence
    .filter((item) => (item.facts as Facts | null)?.kind === kind)
    .sort((a, b) => b.at.localeCompare(a.at))
    .map((item) => ({ ...(item.facts as Extract<Facts, { kind: K }>), id: item.id }));
}

/** Sorts evidence into a case. @throws RangeError without alerts */
export function openCase(input: DiagnoseInput): CaseFile {
  const { evidence } = input;
  const lead =
    input.alerts.find((alert) => alert.alert_type === input.strategy) ?? leadingAlert(input.alerts);
  const quality = latest(evidence, 'quality');
  const [trend] = latest(evidence, 'trend');
  const documentsOf = (tool: string) =>
    evidence.filter((item) => item.tool === tool).sort((a, b) => b.at.localeCompare(a.at))[0];
  const starts = input.alerts.map((alert) => alert.starts_at).sort()[0]!;
  const onset = trend?.onset ?? null;
  return {
    ...input,
    lead,
    drift: latest(evidence, 'drift')[0],
    outcomes: latest(evidence, 'outcomes')[0],
    health: latest(evidence, 'health')[0],
    quality: quality.filter((item, i) => quality.findIndex((q) => q.pipeline === item.pipeline) === i),
    trend,
    upstream: latest(evidence, 'upstream')[0],
    versions: latest(evidence, 'versions')[0],
    runbooks: documentsOf('search_runbooks'),
    incidents: documentsOf('search_incidents'),
    onset,
    began: onset ?? starts,
  };
}
