import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type InvestigateDeps, investigateActivities } from '../../activities/investigate/index.ts';
import { createModelLookup } from '../../activities/models.ts';
import { monitorActivities } from '../../activities/monitor/index.ts';
import type { PolicyVersions } from '../../src/config/policy-versions.ts';
import type { Alert } from '../../src/domain/alert.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { Evidence, EvidenceRef } from '../../src/domain/evidence.ts';
import type { WantedEvidence } from '../../src/domain/reasoning.ts';
import { searchQueries, strategyOf } from '../../src/domain/strategy.ts';
import type { Platforms } from '../../src/platform/open.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { DiagnoseRequest, InvestigateRequest } from '../../workflows/contracts/investigate.ts';
import type { CheckAnswers, CheckResult } from '../../workflows/contracts/monitor.ts';
import type { Instance } from './draw.ts';
import type { Outside } from './world.ts';

const COMPONENT = 'classifier';
/** As in workflows/investigate.ts: how often reasoning may be asked. */
const ROUNDS = 3;

/** What came of one instance. */
export interface Outcome {
  /** The type that led the incident; null: nothing was raised, and nothing came from outside. */
  strategy: Alert['alert_type'] | null;
  alerts: Alert[];
  evidence: Evidence[];
  /** One of each system, by its name; empty when nothing was raised. */
  diagnoses: Record<string, Diagnosis>;
}

/** What diagnoses: the rules, and a model where one answers. */
export type Systems = Record<string, InvestigateDeps['model']>;

type Deps = Omit<InvestigateDeps, 'model'> & {
  store: Store;
  platforms: Platforms;
  policies: Pick<PolicyVersions, 'at' | 'current'>;
};

/** Runs activities as a worker does, without Temporal. */
const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
const run = <P extends unknown[], R>(activity: (...args: P) => Promise<R>, ...args: P) =>
  environment.run(activity, ...args) as Promise<R>;

/** An alert from outside, accepted as intake accepts it. */
async function foreignAlert({ scenario }: Instance, store: Store, now: Date): Promise<Alert[]> {
  const { alert, hostile } = scenario;
  if (!alert) return [];
  const written = (where: 'summary' | 'labels') =>
    hostile.filter((item) => item.where.includes(where)).map(({ text }) => text);
  const notes = Object.fromEntries(
    written('labels').map((text, i) => [`note_${i + 1}`, text.slice(0, 1000)]),
  );
  const input = {
    ...alert,
    timestamp: now.toISOString(),
    summary: [alert.summary, ...written('summary')].filter(Boolean).join(' ').slice(0, 500),
    labels: { ...alert.labels, ...notes },
    source: alert.source ?? 'alertmanager',
    source_key: alert.source_key ?? 'outside',
  };
  return [await store.acceptAlert(input, now)];
}

/** With one component, a tool that cannot measure it fails. */
const only = (answers: CheckAnswers) => answers[COMPONENT] as CheckResult;

/** Measures, has alerts raised, and answers those that fire with the evidence of the measurement. */
async function monitor(instance: Instance, deps: Deps, incidentId: string) {
  const delivered: Alert[] = [];
  const intake = { deliver: async (alerts: Alert[]) => void delivered.push(...alerts) };
  const tools = monitorActivities({ ...deps, intake });
  const check = { components: [COMPONENT], incidentId, round: 'evidence' };
  const results = [
    only(await run(tools.check_drift, check)),
    only(await run(tools.query_snowflake, check)),
    only(await run(tools.check_data_quality, check)),
    only(await run(tools.check_model_health, check)),
  ];
  const measurements = results.flatMap((result) => result.measurements);
  const { activeVersion } = results[0]!;
  await run(tools.raise_alerts, {
    group: 'default',
    at: deps.now().toISOString(),
    found: [{ component: COMPONENT, activeVersion, measurements }],
    failures: [],
    succeeded: true,
  });
  return {
    alerts: [...delivered, ...(await foreignAlert(instance, deps.store, deps.now()))],
    evidence: results.flatMap((result) => result.evidence),
    tools,
  };
}

/**
 * Takes an instance from its rows to a diagnosis with the activities of production, in the workflow's order: measure, raise,
 * collect in the strategy's way, diagnose. Measured once: the poll's figures and the incident's are the same here, as no
 * time passes between them.
 */
export async function investigate(
  instance: Instance,
  outside: Outside,
  given: Pick<InvestigateDeps, 'knowledge'> & Pick<Deps, 'policies'>,
  systems: Systems,
): Promise<Outcome> {
  const store = openSqliteStore(':memory:');
  const models = createModelLookup({ platforms: outside.platforms, store });
  const deps: Deps = { ...given, ...outside, models, store };
  try {
    const incidentId = await store.allotIncident('incident-eval-classifier', 'run', outside.now());
    const { alerts, evidence, tools } = await monitor(instance, deps, incidentId);
    if (alerts.length === 0)
      return { strategy: null, alerts, evidence: await store.evidenceOf(incidentId), diagnoses: {} };
    const strategy = strategyOf(alerts);
    const request: InvestigateRequest = { incidentId, component: COMPONENT, round: '1', strategy };
    const queries = searchQueries(strategy, alerts);
    const investigator = investigateActivities({ ...deps, model: null });
    const collect = async (round: string, wanted: WantedEvidence): Promise<EvidenceRef[]> => {
      const { tool, query = '' } = wanted;
      switch (tool) {
        case 'search_runbooks':
        case 'search_incidents':
          return [await run(investigator[tool], { ...request, round, query })];
        case 'query_snowflake_history':
          return run(investigator[tool], { ...request, round });
        case 'compare_model_versions':
          return [await run(investigator[tool], { ...request, round })];
        default:
          return only(await run(tools[tool], { components: [COMPONENT], incidentId, round })).evidence;
      }
    };
    const collected = [
      ...evidence,
      ...(await collect('1', { tool: 'search_runbooks', query: queries.runbooks })),
      ...(await collect('1', { tool: 'search_incidents', query: queries.incidents })),
      ...(await collect('1', { tool: 'query_snowflake_history' })),
      ...(await collect('1', { tool: 'compare_model_versions' })),
    ];
    const ask = { ...request, alerts: alerts.map(({ measurement: _, ...alert }) => alert), pastActions: [] };
    const diagnoses: Outcome['diagnoses'] = {};
    for (const [name, model] of Object.entries(systems)) {
      const { diagnose } = investigateActivities({ ...deps, model });
      diagnoses[name] = await reason(
        (round) => run(diagnose, round),
        { ...ask, evidence: collected.map(({ id }) => id) },
        collect,
      );
    }
    return { strategy, alerts, evidence: await store.evidenceOf(incidentId), diagnoses };
  } finally {
    store.close();
  }
}

/** The workflow's rounds of reasoning: each may ask for more evidence, the last one must answer. */
async function reason(
  diagnose: ReturnType<typeof investigateActivities>['diagnose'],
  ask: Omit<DiagnoseRequest, 'mayAsk'>,
  collect: (round: string, wanted: WantedEvidence) => Promise<EvidenceRef[]>,
): Promise<Diagnosis> {
  for (let round = 1; round <= ROUNDS; round++) {
    const { diagnosis, wanted } = await diagnose({ ...ask, mayAsk: round < ROUNDS });
    if (diagnosis) return diagnosis;
    for (const item of wanted) ask.evidence.push(...(await collect(`1.${round}`, item)).map(({ id }) => id));
  }
  throw new Error('expected a diagnosis in the last round of reasoning, got none');
}
