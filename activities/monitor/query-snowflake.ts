import type { TimeWindow } from '../../src/domain/measurement.ts';
import { f1Of } from '../../src/domain/stats/interval.ts';
import { accuracyDrop, anomalySpike, latency } from '../../src/domain/triggers/outcomes.ts';
import type { OutcomeFacts } from '../../src/reasoning/facts.ts';
import type { MonitorActivities } from '../../workflows/contracts/monitor.ts';
import type { MonitorDeps } from './context.ts';
import { measuringTool } from './tool.ts';

/**
 * `query_snowflake`: F1 over labelled predictions, p99 latency and the flagged share, of the version's rows. Where the policy
 * says that labels take a while, F1 is of the rows of that while ago.
 */
export function querySnowflake(deps: MonitorDeps): MonitorActivities['query_snowflake'] {
  return measuringTool('query_snowflake', deps, async (round, subject, _request, signal) => {
    const { version, baseline } = subject.version;
    const ask = (window: TimeWindow) =>
      round.warehouse.predictionOutcomes({ model: subject.model, version, window }, signal);
    const { window, labelled, thresholds, clearBelow } = subject;
    const scored = await ask(window);
    const known = labelled.to === window.to ? scored : await ask(labelled);
    const measured = { window, query: scored.query, version };
    const measurements = [
      accuracyDrop(
        known.value,
        baseline.f1,
        { window: labelled, query: known.query, version },
        thresholds.accuracy_drop,
        clearBelow,
      ),
      latency(scored.value, measured, thresholds.latency, clearBelow),
      anomalySpike(scored.value, baseline.flagged_share, measured, thresholds.anomaly_spike, clearBelow),
    ];
    const { n, flagged, latency_p99_ms } = scored.value;
    const estimate = known.value.labelled > 0 ? f1Of(known.value) : null;
    const facts: OutcomeFacts = {
      kind: 'outcomes',
      model: subject.model,
      version,
      window,
      ...(known !== scored && { labelled_window: labelled }),
      n,
      labelled: known.value.labelled,
      positives: known.value.tp + known.value.fn,
      f1: estimate?.f1 ?? null,
      f1_interval: estimate?.interval ?? null,
      precision: estimate?.precision ?? null,
      recall: estimate?.recall ?? null,
      baseline_f1: baseline.f1,
      flagged_share: n > 0 ? flagged / n : 0,
      baseline_flagged_share: baseline.flagged_share,
      latency_p99_ms,
    };
    return {
      measurements,
      evidence: [
        {
          system: round.warehouse.system,
          asked: known === scored ? scored.query : `${scored.query}; ${known.query}`,
          window,
          summary: outcomeSummary(facts),
          facts,
        },
      ],
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
