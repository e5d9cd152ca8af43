import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createInvestigateActivities } from '../../activities/investigate/index.ts';
import { monitorActivities } from '../../activities/monitor/index.ts';
import type { Alert } from '../../src/domain/alert.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { Evidence, EvidenceRef } from '../../src/domain/evidence.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Knowledge } from '../../src/knowledge/port.ts';
import { searchQueries, strategyOf } from '../../src/reasoning/strategy.ts';
import type { Store } from '../../src/store/port.ts';
import { openStore } from '../../src/store/sqlite.ts';
import type { CheckResult, InvestigateRequest } from '../../workflows/contracts.ts';
import type { Instance } from './draw.ts';
import type { Outside } from './world.ts';

export const COMPONENT = 'classifier';

/** What came of one instance. */
export interface Outcome {
  /** The type that led the incident; null: nothing was raised, and nothing came from outside. */
  strategy: Alert['alert_type'] | null;
  alerts: Alert[];
  evidence: Evidence[];
  diagnosis: Diagnosis | null;
}

/** Runs activities as a worker does, without Temporal. */
function runner() {
  const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
  return <P extends unknown[], R>(activity: (...args: P) => Promise<R>, ...args: P) =>
    environment.run(activity, ...args) as Promise<R>;
}

/** The alerts of a poll, those of the Monitor and what came from outside, as the incident gets them. */
async function raise(
  store: Store,
  monitor: ReturnType<typeof monitorActivities>,
  delivered: Alert[],
  results: CheckResult[],
  instance: Instance,
  now: Date,
): Promise<Alert[]> {
  const measurements = results.flatMap((result) => result.measurements);
  const activeVersion = results[0]!.activeVersion;
  await runner()(monitor.raise_alerts, { component: COMPONENT, activeVersion, measurements });
  const { alert, hostile } = instance.scenario;
  const written = (where: string) =>
    hostile.filter((item) => item.where.includes(where as never)).map(({ text }) => text);
  const foreign = alert && {
    ...alert,
    timestamp: now.toISOString(),
    summary: [alert.summary, ...written('summary')].filter(Boolean).join(' ').slice(0, 500),
    labels: {
      ...alert.labels,
      ...Object.fromEntries(written('labels').map((text, i) => [`note_${i}`, text])),
    },
    source: alert.source ?? 'alertmanager',
    source_key: alert.source_key ?? 'outside',
  };
  return [...delivered, ...(foreign ? [await store.acceptAlert(foreign, now)] : [])].filter(
    ({ status }) => status === 'firing',
  );
}

/**
 * Takes an instance from its rows to a diagnosis with the activities of production, in the workflow's order: measure, raise,
 * collect in the strategy's way, diagnose. Measured once: the poll's figures and the incident's are the same here, as no
 * time passes between them.
 */
export async function investigate(
  instance: Instance,
  outside: Outside,
  { knowledge, policy }: { knowledge: Knowledge; policy: Policy },
): Promise<Outcome> {
  const store = openStore(':memory:');
  const delivered: Alert[] = [];
  const deps = { ...outside, store, knowledge, policy: () => policy };
  const monitor = monitorActivities({
    ...deps,
    intake: { deliver: async (alerts) => void delivered.push(...alerts) },
  });
  const tools = createInvestigateActivities(deps);
  const run = runner();
  try {
    const incidentId = await store.allotIncident('incident-eval-classifier', 'run', outside.now());
    const check = { component: COMPONENT, incidentId, round: 'evidence' };
    const results = [
      await run(monitor.check_drift, check),
      await run(monitor.query_snowflake, check),
      await run(monitor.check_data_quality, check),
      await run(monitor.check_model_health, check),
    ];
    const alerts = await raise(store, monitor, delivered, results, instance, outside.now());
    if (alerts.length === 0)
      return { strategy: null, alerts, evidence: await store.evidenceOf(incidentId), diagnosis: null };
    const strategy = strategyOf(alerts);
    const request: InvestigateRequest = {
      incidentId,
      component: COMPONENT,
      round: '1',
      strategy,
    };
    const queries = searchQueries(strategy, alerts);
    const evidence: EvidenceRef[] = [
      ...results.flatMap((result) => result.evidence),
      await run(tools.search_runbooks, { ...request, query: queries.runbooks }),
      await run(tools.search_incidents, { ...request, query: queries.incidents }),
      ...(await run(tools.query_snowflake_history, request)),
      await run(tools.compare_model_versions, request),
    ];
    const { diagnosis } = await run(tools.diagnose, {
      ...request,
      alerts: alerts.map(({ measurement: _, ...alert }) => alert),
      evidence,
      pastOutcomes: [],
      mayAsk: false,
    });
    return { strategy, alerts, evidence: await store.evidenceOf(incidentId), diagnosis };
  } finally {
    store.close();
  }
}
