import { cancellationSignal } from '@temporalio/activity';
import { evidenceId } from '../../src/domain/evidence-id.ts';
import { windowOf } from '../../src/domain/policy/policy.ts';
import { fixed, list, minute } from '../../src/domain/text.ts';
import type { TrendFacts, UpstreamFacts } from '../../src/reasoning/facts.ts';
import { significantFirst, upstreamChanges } from '../../src/reasoning/history/upstream-changes.ts';
import type { InvestigateActivities, InvestigateRequest } from '../../workflows/contracts/investigate.ts';
import { permanentErrorsFail } from '../permanent.ts';
import { type InvestigateDeps, keep, latestDrift, short } from './deps.ts';
import { readTrend } from './trend.ts';

const DAY = 86_400_000;
/** Runs shown in evidence: the newest, with the changes computed over all. */
const SHOWN_RUNS = 60;

/**
 * Tool `query_snowflake_history`: when it began (trend and onset of the last day) and what happened upstream around it
 * (pipeline runs). Two evidence items. Only reads; safe to retry.
 */
export function querySnowflakeHistory(
  deps: InvestigateDeps,
): InvestigateActivities['query_snowflake_history'] {
  const { warehouse, store, policies, now } = deps;
  return (request: InvestigateRequest) =>
    permanentErrorsFail(async () => {
      const { incidentId, component, round, strategy } = request;
      const policy = await policies.at(request.policy);
      const known = policy.components[component];
      if (!known) return [];
      const signal = cancellationSignal();
      const at = now().toISOString();
      const window = request.window ?? { from: new Date(Date.parse(at) - DAY).toISOString(), to: at };
      const drift = latestDrift(await store.evidenceOf(incidentId));
      const [trend, runs] = await Promise.all([
        readTrend(
          warehouse,
          { model: known.model, window, recentMs: windowOf(policy, component), strategy, drift },
          signal,
        ),
        warehouse.pipelineRuns(
          known.pipelines.map(({ name }) => name),
          window,
          signal,
        ),
      ]);
      const common = {
        incident_id: incidentId,
        tool: 'query_snowflake_history',
        system: warehouse.system,
        at,
        window,
      };
      const changes = upstreamChanges(runs.value, window.to);
      const upstream: UpstreamFacts = {
        kind: 'upstream',
        window,
        runs: runs.value.slice(-SHOWN_RUNS),
        changes,
      };
      return Promise.all([
        keep(store, {
          ...common,
          id: evidenceId('query_snowflake_history', incidentId, round, 'trend'),
          asked: trend.query,
          summary: short(began(trend.facts, trend.dating)),
          facts: trend.facts,
        }),
        keep(store, {
          ...common,
          id: evidenceId('query_snowflake_history', incidentId, round, 'upstream'),
          asked: runs.query,
          summary: short(
            changes.length > 0
              ? `${runs.value.length} pipeline runs, ${changes.length} changes: ${list(
                  significantFirst(changes, trend.facts.onset).map(({ text }) => text),
                  3,
                )}`
              : `${runs.value.length} pipeline runs, no change among them`,
          ),
          facts: upstream,
          ...(runs.value.length > SHOWN_RUNS
            ? { cut: `cut: ${SHOWN_RUNS} of ${runs.value.length} runs` }
            : {}),
        }),
      ]);
    });
}

/** When and how it began, by the series that date it; others that moved are named after them. */
function began(trend: TrendFacts, dating: TrendFacts['onsets']): string {
  const { onset, onsets, labelled_since_onset: labelled, positives_since_onset: positives } = trend;
  if (!onset) return 'No series left its level in this window';
  const abrupt = dating.filter((o) => o.abrupt).length * 2 > dating.length;
  const moved = [...new Set([...dating, ...onsets])].map(
    (o) => `${o.series} ${fixed(o.before)} → ${fixed(o.after)}`,
  );
  const rows = `${labelled} labelled rows since, ${positives} positive`;
  return `Began ${minute(onset)} (${abrupt ? 'abruptly' : 'gradually'}): ${list(moved)}; ${rows}`;
}
