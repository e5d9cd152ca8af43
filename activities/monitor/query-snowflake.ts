import { f1Of } from '../../src/domain/stats/interval.ts';
import { accuracyDrop, anomalySpike, latency } from '../../src/domain/triggers/outcomes.ts';
import type { OutcomeFacts } from '../../src/reasoning/facts.ts';
import type { MonitorActivities } from '../../workflows/contracts.ts';
import type { MonitorDeps } from './context.ts';
import { measuringTool } from './tool.ts';

/** `query_snowflake`: F1 over labelled predictions, p99 latency and the flagged share, of the version's rows. */
export function querySnowflake(deps: MonitorDeps): MonitorActivities['query_snowflake'] {
  return measuringTool('query_snowflake', deps, async (deps, subject, _request, signal) => {
    const { version, baseline } = subject.version;
    const { value: outcomes, query } = await deps.warehouse.predictionOutcomes(
      { model: subject.model, version, window: subject.window },
      signal,
    );
    const measured = { window: subject.window, query, version };
    const { thresholds, poll } = subject.policy;
    const clearBelow = poll.clear_below;
    const measurements = [
      accuracyDrop(outcomes, baseline.f1, measured, thresholds.accuracy_drop, clearBelow),
      latency(outcomes, measured, thresholds.latency, clearBelow),
      anomalySpike(outcomes, baseline.flagged_share, measured, thresholds.anomaly_spike, clearBelow),
    ];
    const estimate = f1Of(outcomes);
    const facts: OutcomeFacts = {
      kind: 'outcomes',
      model: subject.model,
      version,
      window: subject.window,
      n: outcomes.n,
      labelled: outcomes.labelled,
      positives: outcomes.tp + outcomes.fn,
      f1: estimate?.f1 ?? null,
      f1_interval: estimate?.interval ?? null,
      precision: estimate?.precision ?? null,
      recall: estimate?.recall ?? null,
      baseline_f1: baseline.f1,
      flagged_share: outcomes.n > 0 ? outcomes.flagged / outcomes.n : 0,
      baseline_flagged_share: baseline.flagged_share,
      latency_p99_ms: outcomes.latency_p99_ms,
    };
    return {
      measurements,
      evidence: {
        system: deps.warehouse.system,
        asked: query,
        window: subject.window,
        summary: outcomeSummary(facts),
        facts,
      },
    };
  });
}

function outcomeSummary(facts: OutcomeFacts): string {
  const interval = facts.f1_interval?.map((bound) => bound.toFixed(3)).join(' to ');
  const f1 =
    facts.f1 === null
      ? 'F1 not measurable'
      : `F1 ${facts.f1.toFixed(3)} (95 % ${interval}) against baseline ${facts.baseline_f1.toFixed(3)}`;
  const p99 = facts.latency_p99_ms === null ? 'no latency' : `p99 ${Math.round(facts.latency_p99_ms)} ms`;
  const share = (value: number) => `${(value * 100).toFixed(2)} %`;
  return `${f1} over ${facts.labelled} labelled rows (${facts.positives} positives) of ${facts.version}; ${share(facts.flagged_share)} flagged against ${share(facts.baseline_flagged_share)}; ${p99}; ${facts.n} predictions`;
}
