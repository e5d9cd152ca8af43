import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  sampleAction,
  sampleAlert,
  sampleAsked,
  sampleDecision,
  sampleEvent,
  sampleView,
} from '../../../tests/store/samples.ts';
import { createOutbox } from '../../connectors/outbox.ts';
import type { Store } from '../port.ts';
import { openSqliteStore } from './store.ts';

const AT = new Date('2026-02-28T14:32:00Z');

let path: string;
let store: Store;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'agentops-store-')), 'agentops.db');
  store = openSqliteStore(path);
});
afterEach(() => store.close());

test('incident ids count per UTC day, and the same run gets the same id again', async () => {
  expect(await store.allotIncident('incident-test-a', 'run-1', AT)).toBe('INC-2026-0228');
  expect(await store.allotIncident('incident-test-a', 'run-2', AT)).toBe('INC-2026-0228-2');
  expect(await store.allotIncident('incident-test-b', 'run-3', AT)).toBe('INC-2026-0228-3');
  expect(await store.allotIncident('incident-test-a', 'run-1', new Date('2026-03-01T00:10:00Z'))).toBe(
    'INC-2026-0228',
  );
  expect(await store.allotIncident('incident-test-a', 'run-4', new Date('2026-03-01T00:10:00Z'))).toBe(
    'INC-2026-0301',
  );
});

test('an alert keeps its id when its source key comes again, with the newest content', async () => {
  const first = await store.acceptAlert(sampleAlert(), AT);
  expect(first).toMatchObject({
    alert_id: 'alert_2026-02-28_001',
    fingerprint: 'model_drift:classifier',
    starts_at: '2026-02-28T14:32:00Z',
    summary: 'model_drift on classifier_v2: drift_score 0.45',
  });
  const again = await store.acceptAlert(
    sampleAlert({ status: 'resolved' }),
    new Date('2026-03-01T09:00:00Z'),
  );
  expect(again).toMatchObject({ alert_id: 'alert_2026-02-28_001', status: 'resolved' });
  expect((await store.acceptAlert(sampleAlert({ source: 'other' }), AT)).alert_id).toBe(
    'alert_2026-02-28_002',
  );
  const feature = await store.acceptAlert(sampleAlert({ source_key: 'k2', labels: { feature: 'V14' } }), AT);
  expect(feature.fingerprint).toBe('model_drift:classifier:V14');
});

test('the view with the higher version wins, and a retry writes no second event', async () => {
  await store.record(sampleView({ version: 1 }), [sampleEvent()]);
  await store.record(sampleView({ version: 2, phase: 'verify' }), [sampleEvent({ what: 'verify' })]);
  await store.record(sampleView({ version: 2, phase: 'monitor' }), [sampleEvent({ what: 'retry' })]);
  await store.record(sampleView({ version: 1 }), [sampleEvent()]);
  expect(await store.incident('INC-2026-0228')).toMatchObject({ version: 2, phase: 'verify' });
  const events = await store.events('INC-2026-0228');
  expect(events.map((event) => [event.version, event.what])).toEqual([
    [1, 'check_drift'],
    [2, 'verify'],
  ]);
  expect(await store.eventsAfter(events[0]!.id)).toEqual([events[1]]);
});

test('the events of one transition are numbered one by one, once', async () => {
  const events = [sampleEvent({ what: 'check_drift' }), sampleEvent({ what: 'check_data_quality' })];
  await store.record(sampleView(), events);
  await store.record(sampleView(), events);
  const stored = await store.events('INC-2026-0228');
  expect(stored.map(({ id, what }) => [id, what])).toEqual([
    [1, 'check_drift'],
    [2, 'check_data_quality'],
  ]);
});

test('the run that started last wins over a higher version of an older run', async () => {
  await store.record(sampleView({ version: 9 }), [sampleEvent()]);
  await store.record(sampleView({ run_id: 'run-2', version: 3 }), [sampleEvent()]);
  await store.record(sampleView({ version: 10 }), [sampleEvent({ what: 'late' })]);
  expect(await store.incident('INC-2026-0228')).toMatchObject({ run_id: 'run-2', version: 3 });
  expect((await store.events('INC-2026-0228')).map((event) => event.what)).toContain('late');
});

test('lists newest first, by status and component', async () => {
  const opened = (incident_id: string, opened_at: string, over = {}) =>
    store.record(sampleView({ incident_id, opened_at, ...over }), [sampleEvent()]);
  await opened('INC-2026-0228', '2026-02-28T14:00:00.000Z');
  await opened('INC-2026-0301', '2026-03-01T14:00:00.000Z', { component: 'payments' });
  await opened('INC-2026-0302', '2026-03-02T14:00:00.000Z', { status: 'resolved' });
  const ids = async (filter?: Parameters<Store['incidents']>[0]) =>
    (await store.incidents(filter)).map((view) => view.incident_id);
  expect(await ids()).toEqual(['INC-2026-0302', 'INC-2026-0301', 'INC-2026-0228']);
  expect(await ids({ limit: 1 })).toEqual(['INC-2026-0302']);
  expect(await ids({ status: 'resolved' })).toEqual(['INC-2026-0302']);
  expect(await ids({ component: 'classifier', status: 'in_progress' })).toEqual(['INC-2026-0228']);
  expect(await store.incident('INC-1999-0101')).toBeNull();
});

test('an approval that a reset or an edit replaced leads to the present one of its action', async () => {
  await store.record(sampleView({ actions: [sampleAsked()] }), [sampleEvent()]);
  expect(await store.findApproval('abcd1234')).toEqual({ incident_id: 'INC-2026-0228', replaced_by: null });
  const renewed = sampleView({
    run_id: 'run-2',
    actions: [
      sampleAsked({ approval_id: 'aaaa0000', action: 'deploy_model' }),
      sampleAsked({ approval_id: 'efgh5678' }),
    ],
  });
  await store.record(renewed, [sampleEvent()]);
  expect(await store.findApproval('abcd1234')).toEqual({
    incident_id: 'INC-2026-0228',
    replaced_by: 'efgh5678',
  });
  expect(await store.findApproval('efgh5678')).toMatchObject({ replaced_by: null });
  expect(await store.findApproval('nowhere1')).toBeNull();
});

test('past actions are read from the records: failed, denied, without effect, or done', async () => {
  const gate = (state: 'passed' | 'failed', details: string) => ({
    check: 'evaluation_gate' as const,
    state,
    details,
    started_at: '2026-02-28T14:35:00.000Z',
    at: '2026-02-28T14:35:00.000Z',
  });
  const view = sampleView({
    actions: [
      sampleAction({ action: 'send_slack_alert' }),
      sampleAsked({ action: 'rollback_model', state: 'denied', decisions: [sampleDecision()] }),
      sampleAction({ state: 'not_helped', checks: [gate('failed', 'F1 0.87 < 0.90')] }),
      sampleAction({
        state: 'verified',
        at: '2026-02-28T14:40:00.000Z',
        checks: [gate('passed', 'F1 0.91')],
      }),
      sampleAction({
        action: 'deploy_model',
        state: 'failed',
        details: '409',
        at: '2026-02-28T14:41:00.000Z',
      }),
      sampleAsked({ action: 'scale_infrastructure', state: 'expired' }),
    ],
  });
  await store.record(view, [sampleEvent()]);
  const past = await store.pastActions('classifier', new Date('2026-02-21T00:00:00Z'));
  expect(past.map(({ action, outcome, details }) => [action, outcome, details])).toEqual([
    ['rollback_model', 'denied', 'denied by ana: v1 is older'],
    ['retrain_model', 'did_not_help', 'F1 0.87 < 0.90'],
    ['retrain_model', 'completed', 'job train-1 made v3'],
    ['deploy_model', 'failed', '409'],
  ]);
  expect(await store.pastActions('payments', new Date(0))).toEqual([]);
  expect(await store.pastActions('classifier', new Date('2026-03-01T00:00:00Z'))).toEqual([]);
});

test('evidence is kept once by id, however large, in the last version stored', async () => {
  const item = {
    id: 'ev_check_drift_00000001',
    incident_id: 'INC-2026-0228',
    tool: 'check_drift',
    system: 'DuckDB',
    asked: 'SELECT 1',
    at: AT.toISOString(),
    summary: 'PSI 0.45',
    facts: { rows: 'x'.repeat(3_000_000) },
  };
  await store.saveEvidence(item);
  await store.saveEvidence({ ...item, summary: 'PSI 0.46' });
  expect(await store.evidence(['ev_check_drift_00000001', 'ev_none'])).toEqual([
    { ...item, summary: 'PSI 0.46' },
  ]);
  expect(await store.evidenceOf('INC-2026-0228')).toHaveLength(1);
  expect(await store.evidenceOf('INC-2026-0228-2')).toEqual([]);
});

test('the outbox records a message once by key and says that it was not sent', async () => {
  const outbox = createOutbox(store, () => AT);
  const message = {
    connector: 'slack' as const,
    operation: 'post',
    key: 'key-1',
    incident_id: 'INC-2026-0228',
    target: '#ml-alerts',
    title: 'drift',
    body: 'PSI 0.45',
  };
  const sent = await outbox.send(message);
  expect(sent).toEqual({ ref: 'outbox-1', status: 'recorded', url: null });
  expect(await outbox.send({ ...message, body: 'again' })).toEqual(sent);
  await outbox.send({ ...message, key: 'key-2', operation: 'update', ref: sent.ref });
  expect(await store.outbox()).toEqual([
    { ...message, id: 1, ref: 'outbox-1', at: AT.toISOString(), status: 'recorded' },
    {
      ...message,
      key: 'key-2',
      operation: 'update',
      id: 2,
      ref: 'outbox-2',
      about: 'outbox-1',
      at: AT.toISOString(),
      status: 'recorded',
    },
  ]);
  expect(await store.outbox({ limit: 1 })).toMatchObject([{ id: 2 }]);
  expect(await store.outbox({ incident_id: 'INC-none' })).toEqual([]);
});

test('monitor state and documents are read back as written', async () => {
  const state = {
    model_drift: {
      streak: 2,
      firing: true,
      since: AT.toISOString(),
      last_sent: null,
      seen: AT.toISOString(),
      severity: null,
    },
  };
  expect(await store.monitorState('classifier')).toEqual({});
  await store.saveMonitorState('classifier', state);
  expect(await store.monitorState('classifier')).toEqual(state);
  expect(await store.document('edges:v2')).toBeNull();
  await store.putDocument('edges:v2', { V14: [1, 2] });
  await store.putDocument('edges:v2', { V14: [1, 3] });
  expect(await store.document('edges:v2')).toEqual({ V14: [1, 3] });
});

test('a token is found by its secret only, and is nowhere stored in clear', async () => {
  const { secret } = await store.addToken('ana', ['actions:decide', 'incidents:read'], AT);
  expect(secret).toMatch(/^ao_[0-9a-f]{8}_[0-9a-f]{64}$/);
  const info = { name: 'ana', scopes: ['actions:decide', 'incidents:read'], created_at: AT.toISOString() };
  expect(await store.tokenOf(secret)).toEqual(info);
  const other = secret.endsWith('0') ? '1' : '0';
  expect(await store.tokenOf(secret.slice(0, -1) + other)).toBeNull();
  expect(await store.tokenOf('')).toBeNull();
  expect(JSON.stringify(await store.tokens())).not.toContain(secret);
  await expect(store.addToken('ana', ['admin'], AT)).rejects.toThrow('a token named "ana" exists');
  expect(await store.removeToken('ana')).toBe(true);
  expect(await store.removeToken('ana')).toBe(false);
  expect(await store.tokenOf(secret)).toBeNull();
});

test('a store written by a newer version is refused', async () => {
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(path);
  db.exec("INSERT INTO migrations VALUES (99, '')");
  db.close();
  expect(() => openSqliteStore(path)).toThrow('start the newer version of AgentOps');
});
