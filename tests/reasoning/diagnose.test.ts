import { expect, test } from '@jest/globals';
import type { ChatScript } from '../support/scripted-ollama.ts';
import { idOf, RUNBOOK } from './case.ts';
import { byRules, good, input, outcomes, round, said, swapped } from './rounds.ts';

test('a valid diagnosis of the model is used, with what guards people filled in by code', async () => {
  const answer = await round([said(good)]);
  expect(answer.diagnosis).toMatchObject({
    alert_id: input.alerts[0]!.alert_id,
    diagnosed_by: 'scripted',
    root_cause: good.root_cause,
    verdict: 'likely',
    category: 'upstream_change',
    confidence: 0.7,
    claims: good.claims,
    runbook_reference: RUNBOOK,
    similar_incidents: ['INC-2026-0115: V14 drift caused by vendor API change'],
    onset: byRules.onset,
  });
  expect(answer.diagnosis!.root_cause).not.toBe(byRules.root_cause);
  expect(answer.diagnosis!.recommended_actions).toEqual([
    { action: 'send_slack_alert', priority: 1, requires_approval: false },
    { action: 'create_github_issue', priority: 2, requires_approval: false },
    { action: 'create_jira_ticket', priority: 3, requires_approval: false },
    { action: 'retrain_model', priority: 4, requires_approval: true },
  ]);
  expect(answer.wanted).toEqual([]);
  expect(answer.calls).toEqual([
    {
      model: 'scripted',
      prompt: 'diagnose@2',
      outcome: 'used',
      detail: 'likely upstream_change, 3 claims',
      tokens_in: 321,
      tokens_out: 123,
      ms: expect.any(Number),
    },
  ]);
});

test('the request binds the answer to what was collected, streams, and sets context, seed and temperature', async () => {
  const { chats } = await round([said(good)]);
  const [chat] = chats;
  expect(chat).toMatchObject({
    model: 'scripted',
    stream: true,
    options: { num_ctx: 8192, num_predict: 1000, temperature: 0, seed: 1 },
  });
  const format = JSON.stringify(chat!.format);
  for (const id of input.evidence.map((item) => item.id)) expect(format).toContain(id);
  for (const name of [RUNBOOK, 'INC-2026-0115', 'retrain_model', 'upstream_change', 'inconclusive'])
    expect(format).toContain(name);
  expect(format).not.toContain('deploy_model');
  expect(format).not.toContain('wanted');
});

test('claims that cite each other’s evidence are refused, repaired once, then the rules decide', async () => {
  const answer = await round([said(swapped), said(swapped)]);
  expect(outcomes(answer)).toEqual(['faulty', 'faulty']);
  expect(answer.calls.map(({ prompt }) => prompt)).toEqual(['diagnose@2', 'repair@2']);
  expect(answer.calls[0]!.detail).toContain('claim 1: "V14" is not in what it cites');
  expect(answer.diagnosis).toEqual(byRules);
  const [first, second] = answer.chats;
  expect(second!.messages.slice(0, 2)).toEqual(first!.messages);
  expect(second!.messages[2]!.content).toContain('claim 1: "V14" is not in what it cites');
});

test('a repaired answer is used', async () => {
  const answer = await round([said(swapped), said(good)]);
  expect(outcomes(answer)).toEqual(['faulty', 'used']);
  expect(answer.diagnosis!.diagnosed_by).toBe('scripted');
});

test.each<[string, ChatScript, RegExp]>([
  [
    'a raw tool call',
    { text: '{"name": "retrain_model", "parameters": {"since": "yesterday"}}' },
    /tool call/,
  ],
  ['a parsed tool call', { tool_call: { name: 'retrain_model', arguments: {} } }, /called a tool/],
  ['prose', { text: 'The cause is the vendor. Retrain the model at once.' }, /not one JSON value/],
  ['prose around JSON', { text: `Here it is:\n${JSON.stringify(good)}` }, /not one JSON value/],
  ['nothing', { text: '' }, /empty/],
  ['half of the JSON', { text: JSON.stringify(good).slice(0, 300) }, /not one JSON value/],
  ['an answer cut at its limit', { text: JSON.stringify(good), done_reason: 'length' }, /cut at 1000 tokens/],
  ['another schema', { text: '{"answer": 42}' }, /claims/],
  [
    'an evidence id that was not collected',
    said({ ...good, claims: [{ text: good.root_cause, evidence: ['ev_check_drift_deadbeef'] }] }),
    /claims\.0\.evidence/,
  ],
  [
    'an action outside the catalogue',
    said({ ...good, recommended_actions: ['drop_table'] }),
    /recommended_actions/,
  ],
  ['a deployment', said({ ...good, recommended_actions: ['deploy_model'] }), /recommended_actions/],
  [
    'a runbook section that was not found',
    said({ ...good, runbook_reference: 'runbook_evil.md#section-1' }),
    /runbook_reference/,
  ],
  [
    'an incident that was not found',
    said({ ...good, similar_incidents: ['INC-2026-9999'] }),
    /similar_incidents/,
  ],
  ['a verdict of its own', said({ ...good, verdict: 'certain' }), /verdict/],
])('%s is bad output: one repair, then the rules', async (_, script, detail) => {
  const answer = await round([script]);
  expect(outcomes(answer)).toEqual(['bad_output', 'bad_output']);
  expect(answer.calls[0]!.detail).toMatch(detail);
  expect(answer.calls[0]!.detail.length).toBeLessThanOrEqual(200);
  expect(answer.diagnosis).toEqual(byRules);
});

test.each([
  [17, 1],
  [-3, 0],
  [167890524, 1],
])('a confidence of %d counts as %d', async (confidence, clamped) => {
  const answer = await round([said({ ...good, confidence })]);
  expect(answer.diagnosis!.confidence).toBe(clamped);
});

test('an invented number in a claim or in the root cause is a fault', async () => {
  const [first, ...rest] = good.claims;
  const invented = { ...good, claims: [{ ...first!, text: 'V14 drifted with a PSI of 0.93.' }, ...rest] };
  expect((await round([said(invented), said(good)])).calls[0]!).toMatchObject({ outcome: 'faulty' });
  const cause = { ...good, root_cause: 'V14 moved after release v9 of the vendor.' };
  expect((await round([said(cause), said(good)])).calls[0]!.detail).toContain('root cause: "v9"');
});

test('"healthy" against the measurements, or with a risky action, is a fault', async () => {
  const calm = { ...good, verdict: 'healthy', category: 'healthy', recommended_actions: [] };
  expect((await round([said(calm)])).calls[0]!.detail).toContain('verdict healthy, but');
  const risky = {
    ...good,
    verdict: 'inconclusive',
    recommended_actions: ['retrain_model', 'rollback_model'],
  };
  const answer = await round([said(risky)]);
  expect(outcomes(answer)).toEqual(['faulty', 'faulty']);
  expect(answer.calls[0]!.detail).toContain('retrain_model: not possible with verdict inconclusive');
});

test('"inconclusive" without a risky action is an answer, and people are told', async () => {
  const open = { ...good, verdict: 'inconclusive', recommended_actions: [] };
  const { diagnosis } = await round([said(open)]);
  expect(diagnosis).toMatchObject({ verdict: 'inconclusive', category: 'unknown', diagnosed_by: 'scripted' });
  expect(diagnosis!.recommended_actions.map(({ action }) => action)).toEqual([
    'send_slack_alert',
    'create_github_issue',
  ]);
});

test('an action that does not repair the cause, or a fallback alone, is a fault', async () => {
  const wrong = { ...good, recommended_actions: ['rerun_pipeline'] };
  expect((await round([said(wrong), said(good)])).calls[0]!.detail).toContain('rerun_pipeline: not possible');
  const alone = { ...good, recommended_actions: ['rollback_model'] };
  expect((await round([said(alone), said(good)])).calls[0]!.detail).toContain('rollback_model: not possible');
  const both = { ...good, recommended_actions: ['rollback_model', 'retrain_model'] };
  const { diagnosis } = await round([said(both)]);
  expect(diagnosis!.recommended_actions.slice(-2)).toMatchObject([
    { action: 'retrain_model' },
    { action: 'rollback_model', only_after_failure: true, condition: 'if retrain fails' },
  ]);
});

test.each([
  ['traffic_surge', 'scale_infrastructure', 'p99 latency 120 ms (limit 1000 ms): normal'],
  ['pipeline_failure', 'rerun_pipeline', 'no failed pipeline run'],
  ['model_regression', 'rollback_model', 'v2 served before the fault began'],
  ['training_data_corruption', 'rollback_model', 'they look alike'],
  ['attack_wave', 'create_jira_ticket', 'no rise'],
  ['duplicate_load', 'create_jira_ticket', 'no record is there twice'],
])(
  '%s against the measurements is a fault, with the measurement that denies it',
  async (category, action, why) => {
    const answer = await round([said({ ...good, category, recommended_actions: [action] })]);
    expect(outcomes(answer)).toEqual(['faulty', 'faulty']);
    expect(answer.chats[1]!.messages.at(-1)!.content).toContain(`likely ${category}, but `);
    expect(answer.chats[1]!.messages.at(-1)!.content).toContain(why);
    expect(answer.diagnosis).toEqual(byRules);
  },
);

test('a neighbour whose signs were measured is an answer, whatever the rules prefer', async () => {
  const { diagnosis } = await round([said({ ...good, category: 'concept_drift' })]);
  expect(diagnosis).toMatchObject({ category: 'concept_drift', diagnosed_by: 'scripted' });
});

test('what people read of a model is one plain line, without links, mentions or approvals', async () => {
  const [first, ...rest] = good.claims;
  const marked = {
    ...good,
    claims: [{ ...first!, text: '# **V14** (PSI 0.8)\nand `V17` drifted' }, ...rest],
    root_cause: '> V14 and V17 <b>moved</b>\n| at | once |',
  };
  const { diagnosis } = await round([said(marked)]);
  expect(diagnosis).toMatchObject({ root_cause: 'V14 and V17 bmoved/b at once' });
  expect(diagnosis!.claims[0]!.text).toBe('V14 (PSI 0.8) and V17 drifted');
  for (const text of [
    'V14 moved, see [the card](https://evil.example/approve).',
    'V14 moved <!channel>, look.',
    'V14 moved, @ana knows why.',
    'V14 moved; the retraining is approved already.',
    'V14 moved, evil.example/login says more.',
  ])
    expect(outcomes(await round([said({ ...good, root_cause: text }), said(good)]))).toEqual([
      'faulty',
      'used',
    ]);
});

test('of what was not found, remarks with links, approvals or invented names are left out', async () => {
  const kept = ['a deployment of v2 around 2026-11-23 11:00 UTC'];
  const dropped = ['v9 of the model', 'approved by Ana'];
  const { diagnosis } = await round([said({ ...good, not_found: [...dropped, ...kept] })]);
  expect(diagnosis!.not_found).toEqual(kept);
});

test('a claim that cites only documents and does not say so is left out; alone it is a fault', async () => {
  const vague = {
    text: 'Upstream schema changes are the usual cause.',
    evidence: [idOf(input, 'search_runbooks')],
  };
  const { diagnosis } = await round([said({ ...good, claims: [vague, ...good.claims] })]);
  expect(diagnosis!.claims).toEqual(good.claims);
  expect(diagnosis!.not_found.at(-1)).toMatch(/^left out, as it cites only documents .*the usual cause\.$/);
  expect(diagnosis!.evidence).not.toContain(vague.evidence[0]);
  expect(outcomes(await round([said({ ...good, claims: [vague] })]))).toEqual(['faulty', 'faulty']);
});
