import { expect, test } from '@jest/globals';
import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import { estimateTokens } from '../../src/reasoning/model/budget.ts';
import { type ChatScript, scriptedOllama } from '../support/scripted-ollama.ts';
import { until } from '../support/until.ts';
import { activityEnvironment, diagnosed, driftCase, goodDraft, idOf, RUNBOOK } from './case.ts';

/** The model's path over the wire: the real client against a server that speaks Ollama's protocol. */

const input = driftCase();
const byRules = diagnoseByRules(input);
const good = goodDraft(input);
const said = (draft: object): ChatScript => ({ text: JSON.stringify(draft) });
const settings = (url: string, over = {}) => ({ url, model: 'scripted', timeoutMs: 10_000, ...over });
const swapped = {
  ...good,
  claims: good.claims.map((claim, i) => ({ ...claim, evidence: good.claims.at(i - 1)!.evidence })),
};

/** Runs one round against these scripts. */
async function round(
  scripts: Parameters<typeof scriptedOllama>[0],
  { mayAsk = false, timeoutMs = 10_000 } = {},
) {
  await using ollama = await scriptedOllama(scripts);
  const answer = await diagnosed(input, settings(ollama.url, { timeoutMs }), mayAsk);
  return { ...answer, chats: ollama.chats };
}
type Answer = Awaited<ReturnType<typeof round>>;
const outcomes = ({ calls }: Answer) => calls.map(({ outcome }) => outcome);

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

test('more evidence is asked for where that is allowed, each look once, and never without a diagnosis at the end', async () => {
  const ask = {
    wanted: [
      { tool: 'search_incidents', query: 'vendor API change V14' },
      { tool: 'check_data_quality', query: 'ignored' },
      { tool: 'check_data_quality', query: '' },
    ],
  };
  const first = await round([said(ask)], { mayAsk: true });
  expect(first).toMatchObject({
    diagnosis: null,
    wanted: [{ tool: 'search_incidents', query: 'vendor API change V14' }, { tool: 'check_data_quality' }],
    calls: [
      {
        outcome: 'asked',
        detail: 'wants search_incidents (vendor API change V14), check_data_quality',
      },
    ],
  });
  const last = await round([said(ask)]);
  expect(outcomes(last)).toEqual(['bad_output', 'bad_output']);
  expect(last).toMatchObject({ diagnosis: byRules, wanted: [] });
  const aimless = { wanted: [{ tool: 'search_runbooks', query: ' ' }] };
  expect(outcomes(await round([said(aimless), said(good)], { mayAsk: true }))).toEqual([
    'bad_output',
    'used',
  ]);
  const four = { wanted: Array.from({ length: 4 }, (_, i) => ({ tool: 'search_runbooks', query: `q${i}` })) };
  expect(outcomes(await round([said(four), said(good)], { mayAsk: true }))).toEqual(['bad_output', 'used']);
});

test.each<[string, ChatScript, string, RegExp]>([
  [
    'a stream that ends without its last line',
    { truncated: JSON.stringify(good) },
    'failed',
    /Did not receive done/,
  ],
  [
    'an error in the stream',
    { errorInStream: 'llama runner process has terminated' },
    'failed',
    /terminated/,
  ],
  [
    'a 500',
    { status: 500, body: '{"error":"model requires more system memory"}' },
    'failed',
    /system memory/,
  ],
  ['a proxy’s page', { status: 502, body: '‹html›Bad gateway' }, 'failed', /HTTP 502/],
  [
    'another server',
    { raw: 'hello, I am not Ollama', type: null },
    'failed',
    /expected lines of JSON from Ollama/,
  ],
  ['silence', { silentAfter: '{"claims":' }, 'timed_out', /no whole answer after/],
])('%s: no repair, the rules decide, and the call says why', async (_, script, outcome, detail) => {
  const answer = await round([script], { timeoutMs: 1_000 });
  expect(answer.calls).toEqual([
    expect.objectContaining({ outcome, detail: expect.stringMatching(detail), tokens_in: null }),
  ]);
  expect(answer.diagnosis).toEqual(byRules);
});

test('a 404 of another server is not taken for a missing model', async () => {
  const answer = await round([{ status: 404, body: '404 page not found' }]);
  expect(answer.calls).toEqual([
    expect.objectContaining({ outcome: 'failed', detail: 'HTTP 404: 404 page not found' }),
  ]);
});

test('the time limit is for the round, the repair included', async () => {
  const answer = await round([{ text: 'prose' }, { silentAfter: '' }], { timeoutMs: 1_000 });
  expect(outcomes(answer)).toEqual(['bad_output', 'timed_out']);
  expect(answer.diagnosis).toEqual(byRules);
});

test('a model that is not there and a server that is not there are told apart', async () => {
  await using ollama = await scriptedOllama([said(good)], 'another');
  const missing = await diagnosed(input, settings(ollama.url));
  expect(missing.calls).toEqual([
    expect.objectContaining({ outcome: 'model_missing', detail: "model 'scripted' not found" }),
  ]);
  expect(missing.diagnosis).toEqual(byRules);
  await ollama[Symbol.asyncDispose]();
  const gone = await diagnosed(input, settings(ollama.url));
  expect(gone.calls).toEqual([
    expect.objectContaining({ outcome: 'unreachable', detail: expect.stringContaining('ECONNREFUSED') }),
  ]);
  expect(gone.diagnosis).toEqual(byRules);
});

test('without a model, or without evidence, nobody is asked', async () => {
  expect(await diagnosed(input, null)).toEqual({ diagnosis: byRules, wanted: [], calls: [] });
  await using ollama = await scriptedOllama([said(good)]);
  const { diagnosis, calls } = await diagnosed({ ...input, evidence: [] }, settings(ollama.url));
  expect(diagnosis!.diagnosed_by).toBe('rules');
  expect(calls).toEqual([]);
  expect(ollama.chats).toEqual([]);
});

test('cancelling the activity ends the model’s call and gives no diagnosis', async () => {
  await using ollama = await scriptedOllama([{ silentAfter: '{' }]);
  const environment = activityEnvironment();
  const running = diagnosed(input, settings(ollama.url, { timeoutMs: 60_000 }), false, environment);
  const ended = expect(running).rejects.toThrow(/CANCELLED|abort/i);
  await until(() => ollama.chats.length === 1);
  environment.cancel();
  await ended;
  await until(() => ollama.hungUp() === 1);
});

test('the activity beats while the answer comes in', async () => {
  await using ollama = await scriptedOllama([said(good)]);
  const environment = activityEnvironment();
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(details));
  await diagnosed(input, settings(ollama.url), false, environment);
  expect(beats.length).toBeGreaterThan(5);
  expect(beats.at(-1)).toEqual({ calls: ['used'] });
});

test('what does not fit into the prompt is left out by rank, named, and cannot be cited', async () => {
  const long = driftCase();
  const [runbooks] = long.evidence.filter(({ tool }) => tool === 'search_runbooks');
  runbooks!.documents = Array.from({ length: 40 }, (_, i) => ({
    ...runbooks!.documents![0]!,
    anchor: `section-${i + 1}`,
    text: 'word '.repeat(400),
  }));
  await using ollama = await scriptedOllama([said(good)]);
  await diagnosed(long, settings(ollama.url));
  const [chat] = ollama.chats;
  const prompt = chat!.messages.map(({ content }) => content).join('\n');
  const format = JSON.stringify(chat!.format);
  for (const item of long.evidence.filter(({ documents }) => !documents)) expect(format).toContain(item.id);
  expect(prompt).toMatch(/Left out for lack of room:\n<data[^>]*>\nrunbook.*section-\d+ and \d+ more\n/);
  expect(format).toContain('runbook_model_drift.md#section-2"');
  expect(format).not.toContain('runbook_model_drift.md#section-40"');
  expect(prompt.length).toBeLessThan(4 * 8192);
  expect(idOf(long, 'search_runbooks')).toBe(runbooks!.id);
});

test('what outsiders can fill does not crowd out the instructions or the evidence', async () => {
  const flood = driftCase();
  const labels = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`label${i}`, '漢!'.repeat(500)]));
  const alerts = Array.from({ length: 200 }, () => ({ ...flood.alerts[0]!, labels }));
  const past = { incident_id: 'INC-2026-1100', at: '2026-11-01T09:00:00.000Z', action: 'retrain_model' };
  const pastActions = Array.from({ length: 100 }, () => ({
    ...past,
    outcome: 'failed' as const,
    details: '!'.repeat(9_000),
  }));
  await using ollama = await scriptedOllama([said(good)]);
  await diagnosed({ ...flood, alerts, pastActions }, settings(ollama.url));
  const [chat] = ollama.chats;
  const tokens = estimateTokens(chat!.messages.map(({ content }) => content).join('\n'));
  expect(tokens).toBeLessThan(8_192 - 1_000 - 1_400);
  for (const tool of ['check_drift', 'query_snowflake'])
    expect(JSON.stringify(chat!.format)).toContain(idOf(flood, tool));
});
