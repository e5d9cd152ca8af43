import { expect, test } from '@jest/globals';
import { estimateTokens } from '../../src/reasoning/model/budget.ts';
import { type ChatScript, scriptedOllama } from '../support/scripted-ollama.ts';
import { until } from '../support/until.ts';
import { activityEnvironment, diagnosed, driftCase, idOf } from './case.ts';
import { byRules, good, input, outcomes, round, said, settings } from './rounds.ts';

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
