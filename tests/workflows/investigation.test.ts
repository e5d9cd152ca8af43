import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import { answerOf } from '../../src/domain/investigation.ts';
import { citableEvidence } from '../../src/store/citable.ts';
import type { DiagnoseRequest } from '../../workflows/contracts/investigate.ts';
import { TASK_QUEUE } from '../../workflows/names.ts';
import { sampleView } from '../store/samples.ts';
import { timeSkippingEnvironment } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { AskedWorld, answered, ask } from './asked-world.ts';
import { withWorker } from './incident.ts';

const QUESTION = 'Why is the fraud model drifting?';
const HEALTHY: Partial<Diagnosis> = {
  verdict: 'healthy',
  category: 'healthy',
  root_cause: 'Nothing is wrong.',
  recommended_actions: [],
  claims: [{ text: 'Prediction p99 is 120 ms, below 1,000 ms.', evidence: ['ev_query_snowflake_00000000'] }],
};

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await timeSkippingEnvironment();
});
afterAll(async () => {
  await env?.teardown();
});

/** What the run asked of workers: activity types by task queue, and the bytes of all of it. */
async function historyOf(handle: Awaited<ReturnType<typeof answered>>['handle']) {
  const history = await handle.fetchHistory();
  const scheduled = (history.events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: activity }) => activity ?? [],
  );
  return {
    tools: scheduled.map(({ activityType }) => activityType!.name!),
    queues: new Set(scheduled.map(({ taskQueue }) => taskQueue!.name)),
    bytes: JSON.stringify(history).length,
  };
}

test('a question asked while no worker is up is investigated with the tools of an incident, and changes nothing', async () => {
  const world = new AskedWorld();
  const { handle, view, events } = await answered(env, world, QUESTION);
  expect(view).toMatchObject({
    status: 'answered',
    strategy: 'model_drift',
    question: QUESTION,
    incident_id: null,
    error: null,
    diagnosis: { category: 'upstream_change' },
  });
  const { tools, queues, bytes } = await historyOf(handle);
  expect(queues).toEqual(new Set([TASK_QUEUE]));
  expect(new Set(tools)).toEqual(
    new Set([
      'open_investigation',
      'record_investigation',
      'check_drift',
      'query_snowflake',
      'check_data_quality',
      'check_model_health',
      'search_runbooks',
      'search_incidents',
      'query_snowflake_history',
      'compare_model_versions',
      'diagnose',
      'answer_question',
    ]),
  );
  expect(bytes).toBeLessThan(100_000);
  for (const tool of ['search_runbooks', 'search_incidents'] as const) {
    const queries = world.called(tool).map(([request]) => (request as { query: string }).query);
    expect(queries).toHaveLength(2);
    expect(queries[0]).toBe(QUESTION);
  }
  const answer = answerOf(events)!;
  const known = (await citableEvidence(world.store, view)).map((item) => item.id);
  expect(answer).toMatchObject({ by: 'rules', complete: true });
  expect(answer.text).toMatch(
    /^V14 and V17 changed upstream \(confirmed, confidence 0\.90\) \[ev_\w+(, ev_\w+)*\]\./,
  );
  expect(answer.text).toContain('runbook_model_drift.md#section-3-2 "3.2 Causes" says');
  expect(answer.text).toContain('retrain_model (with approval)');
  for (const line of answer.text.split('\n').filter(Boolean)) expect(line).toMatch(/\[ev_[\w, ]+\]\.$/);
  expect(answer.citations.map(({ evidence_id }) => evidence_id)).toEqual(
    [...new Set(answer.text.match(/ev_\w+/g))].filter((cited) => known.includes(cited)),
  );
  expect(answer.citations).toHaveLength(new Set(answer.text.match(/ev_\w+/g)).size);
  const told = events.flatMap((event) => (event.type === 'progress' ? [`${event.actor} ${event.what}`] : []));
  expect(told).toEqual(
    expect.arrayContaining([
      'AgentOps open',
      'Monitor check_drift',
      'Investigator diagnose',
      'AgentOps answered',
    ]),
  );
  expect(await world.store.incidents()).toEqual([]);
});

test('healthy is a good answer, on the strategy that the question’s words ask for', async () => {
  const world = new AskedWorld();
  world.drift = 'clear';
  world.diagnosis = HEALTHY;
  const { view, events } = await answered(env, world, 'Why are predictions so slow?');
  expect(view).toMatchObject({ status: 'answered', strategy: 'latency' });
  const { text } = answerOf(events)!;
  expect(text).toMatch(/^Nothing is wrong with classifier by the latest measurements \[ev_check_drift_/);
  expect(text).toContain('- Prediction p99 is 120 ms, below 1,000 ms [ev_query_snowflake_00000000].');
  expect(text).not.toContain('What could be done');
  const [[request]] = world.called('diagnose') as [[DiagnoseRequest]];
  expect(request.alerts).toMatchObject([
    { alert_type: 'latency', severity: 'info', summary: 'Why are predictions so slow?', source: 'ana' },
  ]);
});

test('what fires leads, unless the question asks about another thing that fires as well', async () => {
  const world = new AskedWorld();
  expect((await answered(env, world, 'Why is it slow?')).view.strategy).toBe('model_drift');
  expect((await answered(env, world, 'Why did F1 fall?')).view.strategy).toBe('accuracy_drop');
  const [[request]] = world.called('diagnose') as [[DiagnoseRequest]];
  expect(request.alerts.map((alert) => [alert.alert_type, alert.affected_component])).toEqual([
    ['model_drift', 'classifier_v2'],
    ['accuracy_drop', 'classifier_v2'],
  ]);
});

test('a question that no document answers is told so', async () => {
  const world = new AskedWorld();
  world.drift = 'clear';
  world.diagnosis = HEALTHY;
  world.documents = { search_runbooks: [], search_incidents: [] };
  const { events } = await answered(env, world, 'What is the capital of France?');
  expect(answerOf(events)!.text).toMatch(
    /^No runbook for this, and no earlier incident either \[ev_search_runbooks_20000000, ev_search_incidents_20000000\]\.\n\nNothing is wrong/,
  );
});

test('the open incident is cited and left as it is', async () => {
  const world = new AskedWorld();
  const diagnosis = { evidence: ['ev_check_drift_0000000b'], root_cause: 'A vendor changed V14.' };
  const incident = sampleView({ diagnosis: diagnosis as Diagnosis });
  await world.store.record(incident, []);
  await world.store.saveEvidence({
    id: 'ev_check_drift_0000000b',
    incident_id: incident.incident_id,
    tool: 'check_drift',
    system: 'scripted',
    asked: 'x',
    at: incident.opened_at,
    summary: 'PSI 0.45',
    facts: null,
  });
  const { view, events, handle } = await answered(env, world, QUESTION);
  expect(view.incident_id).toBe(incident.incident_id);
  const { text, citations } = answerOf(events)!;
  expect(text).toContain(
    'INC-2026-0228 is open on classifier (in_progress, remediate), diagnosed as: A vendor changed V14 [ev_check_drift_0000000b].',
  );
  expect(text).toContain('INC-2026-0228 takes care of that');
  expect(citations.map((each) => each.evidence_id)).toContain('ev_check_drift_0000000b');
  expect(await world.store.incidents()).toEqual([incident]);
  const history = await handle.fetchHistory();
  expect(history.events!.filter((e) => e.signalExternalWorkflowExecutionInitiatedEventAttributes)).toEqual(
    [],
  );

  await world.store.record(
    { ...incident, version: 2, status: 'resolved', closed_at: incident.updated_at },
    [],
  );
  expect((await answered(env, world, QUESTION)).view.incident_id).toBeNull();
});

test('where nothing can be measured the knowledge base answers, and says that it is alone', async () => {
  const world = new AskedWorld();
  for (const tool of ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'] as const)
    world.broken.add(tool);
  world.diagnosis = { verdict: 'inconclusive', evidence: [], claims: [], not_found: ['drift'] };
  const { view, events } = await answered(env, world, QUESTION);
  expect(view.status).toBe('answered');
  expect(answerOf(events)!.text).toMatch(
    /^classifier could not be measured: this rests on the knowledge base alone \[ev_search_/,
  );
  expect(world.called('query_snowflake_history')).toEqual([]);
  expect(events).toContainEqual(
    expect.objectContaining({ what: 'measure', result: expect.stringContaining('down') }),
  );
});

test('where no tool answers it fails, and says why', async () => {
  const world = new AskedWorld();
  for (const tool of [
    'check_drift',
    'query_snowflake',
    'check_data_quality',
    'check_model_health',
    'search_runbooks',
    'search_incidents',
  ] as const)
    world.broken.add(tool);
  const { view, failure } = await answered(env, world, QUESTION);
  expect(view).toMatchObject({ status: 'failed', error: expect.stringContaining('no tool answered') });
  expect(view.finished_at).not.toBeNull();
  expect(failure).not.toBeNull();
});

test('an answer that is cut off is started again: the reader is told, and nothing of it stands twice', async () => {
  const world = new AskedWorld();
  const add = world.store.addToAnswer;
  let cut = true;
  world.store.addToAnswer = async (id, event) => {
    if (event.type === 'citations' && cut) {
      cut = false;
      throw new Error('the worker was killed');
    }
    return add(id, event);
  };
  const { view, events } = await answered(env, world, QUESTION);
  expect(view.status).toBe('answered');
  const said = events.filter(({ type }) => type !== 'progress');
  expect(said.map(({ type }) => type)).toEqual(['piece', 'reset', 'piece', 'citations']);
  const { text } = answerOf(events)!;
  expect(text.match(/changed upstream \(confirmed/g)).toHaveLength(1);
});

test('a question that is cancelled says so', async () => {
  const world = new AskedWorld();
  const { id, handle } = await ask(env, QUESTION);
  const activities = world.activities();
  world.activities = () => ({ ...activities, diagnose: () => Context.current().cancelled });
  await withWorker(env, world, async () => {
    await until(async () => (await world.store.investigation(id))?.strategy != null);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
  });
  expect(await world.store.investigation(id)).toMatchObject({
    status: 'cancelled',
    error: 'cancelled before it was answered',
    finished_at: expect.any(String),
  });
});

test('one that is cancelled before a worker takes it up ends as soon as one does', async () => {
  const world = new AskedWorld();
  const { id, handle } = await ask(env, QUESTION);
  await handle.cancel();
  await withWorker(env, world, async () => {
    await expect(handle.result()).rejects.toThrow();
  });
  expect(await world.store.investigation(id)).toMatchObject({ status: 'cancelled' });
  expect(world.called('diagnose')).toEqual([]);
});
