import { beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { investigateActivities } from '../../activities/investigate/index.ts';
import { Diagnosis } from '../../src/domain/diagnosis.ts';
import { searchQueries } from '../../src/domain/strategy.ts';
import { createKnowledge } from '../../src/knowledge/sqlite/index.ts';
import type { Capabilities } from '../../src/platform/port.ts';
import type { TrendFacts, UpstreamFacts, VersionFacts } from '../../src/reasoning/facts.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { WarehouseError } from '../../src/warehouse/port.ts';
import { platformDeps, policiesOf } from '../support/memory-platform.ts';
import { HOUR, traffic, VENDOR_CHANGE, world } from '../support/world.ts';
import { alert, DRIFTED, drift, evidence, fallen, policy, quality } from './fixtures.ts';

const now = Date.parse('2026-11-23T12:00:00.000Z');
const onset = now - 67 * 60_000;
const iso = (time: number) => new Date(time).toISOString();

/** A day of traffic, thinned but for the last two hours, with the vendor's change 67 minutes ago. */
function changedWorld() {
  const w = world(now, { seed: 1 });
  const common = { version: 'v2', seed: 1 };
  w.warehouse.rows.push(
    ...traffic({ ...common, n: 6_600, from: now - 24 * HOUR, to: now - 2 * HOUR }),
    ...traffic({ ...common, n: 40_000, from: now - 2 * HOUR, to: onset }),
    ...traffic({ ...common, n: 75_000, from: onset, to: now, change: VENDOR_CHANGE }),
  );
  const run = (at: number, schema_version: string) => ({
    timestamp: iso(at),
    pipeline_name: 'transactions',
    run_id: `run-${at}`,
    status: 'success',
    record_count: 5_000,
    schema_version,
    source: 'acquirer-feed',
    message: '',
  });
  const hours = Array.from({ length: 23 }, (_, i) => now - (24 - i) * HOUR);
  w.warehouse.runs = [...hours.map((at) => run(at, '7.2')), run(onset, '7.3'), run(now - HOUR, '7.3')].map(
    (row, i) => ({ ...row, record_count: 5_000 + i }),
  );
  return w;
}

const { warehouse, platform, state } = changedWorld();
const store = openSqliteStore(':memory:');
const knowledge = createKnowledge(':memory:');
const modelsOf = (capabilities: Capabilities) => platformDeps(capabilities, store).models;
const tools = investigateActivities({
  warehouse,
  models: modelsOf(platform),
  store,
  knowledge,
  model: null,
  policies: policiesOf(policy),
  now: () => new Date(now),
});
const env = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
const run = <P extends unknown[], R>(tool: (...args: P) => Promise<R>, ...args: P) =>
  env.run(tool, ...args) as Promise<R>;
const alerts = [alert('model_drift')];
const request = {
  incidentId: 'INC-2026-1123',
  component: 'classifier',
  round: '1',
  strategy: 'model_drift',
  alerts,
} as const;
const ask = { ...request, alerts };
const measured = [drift(DRIFTED, 0.45), fallen(), quality()].map(evidence);

beforeAll(async () => {
  await knowledge.ingest(['runbooks', 'incidents']);
  for (const item of measured) await store.saveEvidence(item);
});

test('history dates the change to the minute and counts the labelled rows since', async () => {
  const [trendRef, upstreamRef] = await run(tools.query_snowflake_history, ask);
  const [trend, upstream] = await store.evidence([trendRef!.id, upstreamRef!.id]);
  const facts = trend!.facts as TrendFacts;
  expect(Math.abs(Date.parse(facts.onset!) - onset)).toBeLessThanOrEqual(60_000);
  expect(facts.onsets.map(({ series }) => series)).toEqual(expect.arrayContaining(['V14', 'V17', 'f1']));
  expect(facts.onsets.every(({ abrupt }) => abrupt)).toBe(true);
  // Of the thinned hours only the slowest of a few predictions is known: that is no level.
  expect(facts.onsets.map(({ series }) => series)).not.toContain('latency_p99_ms');
  const v14 = facts.onsets.find(({ series }) => series === 'V14')!;
  expect(v14.after - v14.before).toBeCloseTo(1.05, 1);
  expect(facts.labelled_since_onset).toBeGreaterThan(73_000);
  expect(facts.labelled_since_onset).toBeLessThanOrEqual(76_000);
  expect((upstream!.facts as UpstreamFacts).changes).toEqual([
    expect.objectContaining({ what: 'schema_version', at: iso(onset) }),
  ]);
  expect(trendRef!.summary.length).toBeLessThanOrEqual(300);
});

test('the summaries tell what dates the fault, not what crept up or was said beside it', async () => {
  const { warehouse: busy } = changedWorld();
  const ramp = now - 5 * HOUR;
  for (const row of busy.rows) row.latency_ms *= 1 + Math.max(0, row.at - ramp) / (5 * HOUR);
  busy.runs.forEach((row, i) => {
    row.message = i < 12 ? `note ${'abcdefghijkl'[i]}` : 'loaded';
  });
  const { query_snowflake_history } = investigateActivities({
    ...{ warehouse: busy, models: modelsOf(platform), store, knowledge, model: null },
    ...{ policies: policiesOf(policy), now: () => new Date(now) },
  });
  const [trendRef, upstreamRef] = await run(query_snowflake_history, { ...ask, round: 'busy' });
  const [trend] = await store.evidence([trendRef!.id]);
  const { onsets } = trend!.facts as TrendFacts;
  expect(onsets.filter(({ abrupt }) => !abrupt).map(({ series }) => series)).toEqual(['latency_p99_ms']);
  expect(trendRef!.summary).toMatch(/^Began 2026-11-23 10:5\d UTC \(abruptly\): V14 .* → .*, V17 /);
  expect(upstreamRef!.summary).toMatch(
    /^25 pipeline runs, 13 changes: transactions: schema 7\.2 → 7\.3 at .*note l/,
  );
});

test('asked again, a tool stores the same item once; another round is another item', async () => {
  const query = 'V14 drift';
  const first = await run(tools.search_incidents, { ...ask, query });
  expect(await run(tools.search_incidents, { ...ask, query })).toEqual(first);
  expect((await run(tools.search_incidents, { ...ask, round: '2', query })).id).not.toBe(first.id);
  const [item] = await store.evidence([first.id]);
  expect(item!.asked).toBe('V17 V14 drift');
  expect(first.id).toMatch(/^ev_search_incidents_[0-9a-f]{8}$/);
});

test('versions are compared on their own labelled rows', async () => {
  const ref = await run(tools.compare_model_versions, ask);
  const [item] = await store.evidence([ref.id]);
  const facts = item!.facts as VersionFacts;
  expect(facts.active).toBe('v2');
  const [v2] = facts.recent_f1;
  expect(v2!.positives).toBeGreaterThan(1_000);
  expect(v2!.f1!).toBeGreaterThan(0.78);
  expect(v2!.f1!).toBeLessThan(0.85);
});

test('the active version and the one before it are compared however old, and how the active one did before', async () => {
  const { warehouse: other, platform: platformOf, state: models } = changedWorld();
  const [v2] = models.info.versions;
  const named = (version: string) => ({ ...v2!, version, status: 'standby' as const });
  models.info.versions = [named('v1'), v2!, ...['v3', 'v4', 'v5', 'v6'].map(named)];
  const [first] = models.info.deployments;
  const canary = { ...first!, at: iso(now - 30 * 60_000), from: 'v2', to: 'v1' };
  const back = { ...first!, at: iso(now - 28 * 60_000) };
  models.info.deployments = [first!, canary, back];
  const { compare_model_versions } = investigateActivities({
    ...{ warehouse: other, models: modelsOf(platformOf), store, knowledge, model: null },
    ...{ policies: policiesOf(policy), now: () => new Date(now) },
  });
  const compared = async (round: string) => {
    const [item] = await store.evidence([(await run(compare_model_versions, { ...ask, round })).id]);
    return item!.facts as VersionFacts;
  };
  const facts = await compared('canary');
  expect(facts.versions.map(({ version }) => version)).toEqual(['v1', 'v2', 'v3', 'v4', 'v5', 'v6']);
  expect(facts.earlier).toMatchObject({ window: { to: back.at } });
  expect(facts.earlier!.positives).toBeGreaterThan(1_000);
  models.info.deployments = [first!];
  expect((await compared('first')).earlier).toBeNull();
});

test('the whole investigation of the drift story cites runbook 3.2 and the January incident', async () => {
  const { runbooks, incidents } = searchQueries('model_drift', alerts);
  const refs = [
    await run(tools.search_runbooks, { ...ask, query: runbooks }),
    await run(tools.search_incidents, { ...ask, query: incidents }),
    ...(await run(tools.query_snowflake_history, ask)),
    await run(tools.compare_model_versions, ask),
  ];
  const { diagnosis } = await run(tools.diagnose, {
    ...ask,
    evidence: [...measured, ...refs].map(({ id }) => id),
    pastActions: [],
    mayAsk: false,
  });
  if (!diagnosis) throw new Error('expected a diagnosis');
  expect(() => Diagnosis.parse(diagnosis)).not.toThrow();
  expect(diagnosis).toMatchObject({
    category: 'upstream_change',
    verdict: 'confirmed',
    runbook_reference: 'runbook_model_drift.md#section-3-2',
    diagnosed_by: 'rules',
  });
  expect(diagnosis.similar_incidents[0]).toBe('INC-2026-0115: V14 drift caused by vendor API change');
  expect(diagnosis.recommended_actions.map(({ action }) => action)).toEqual([
    'send_slack_alert',
    'create_github_issue',
    'retrain_model',
  ]);
  expect(diagnosis.root_cause).toContain('schema 7.2 → 7.3');
  const stored = new Set((await store.evidenceOf('INC-2026-1123')).map(({ id }) => id));
  for (const claim of diagnosis.claims) for (const id of claim.evidence) expect(stored).toContain(id);
});

test('what is stored for the incident but not named to a round of reasoning does not count in it', async () => {
  const [drifted] = measured;
  const given = { ...ask, pastActions: [], mayAsk: false };
  const { diagnosis } = await run(tools.diagnose, { ...given, evidence: [drifted!.id, 'ev_check_drift_99'] });
  const { evidence: cited, claims } = diagnosis!;
  expect(new Set([...cited, ...claims.flatMap((claim) => claim.evidence)])).toEqual(new Set([drifted!.id]));
});

test('a component that the policy does not know has no history to read', async () => {
  expect(await run(tools.query_snowflake_history, { ...ask, component: 'stranger' })).toEqual([]);
});

test('an error that trying again cannot mend is not retried', async () => {
  warehouse.failure = new WarehouseError('DuckDB answered 401', { permanent: true });
  await expect(run(tools.query_snowflake_history, ask)).rejects.toMatchObject({ nonRetryable: true });
  warehouse.failure = null;
  expect(state.failure).toBeNull();
});
