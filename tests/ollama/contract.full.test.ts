import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ModelCall } from '../../src/domain/model-call.ts';
import type { DiagnoseAnswer } from '../../src/domain/reasoning.ts';
import { openCase } from '../../src/reasoning/case-file.ts';
import { diagnoseByRules } from '../../src/reasoning/diagnose-by-rules.ts';
import { streamAnswer } from '../../src/reasoning/model/answer.ts';
import { estimateTokens } from '../../src/reasoning/model/budget.ts';
import { askModel } from '../../src/reasoning/model/ollama.ts';
import { firstPrompt } from '../../src/reasoning/model/prompts.ts';
import { parseAnswer } from '../../src/reasoning/model/schema.ts';
import { activityEnvironment, diagnosed, driftCase } from '../reasoning/case.ts';
import { MUTE_MODEL, type RunningOllama, startOllama, TEST_MODEL } from '../support/ollama.ts';
import { buildOllama } from '../support/ollama-build.ts';

/**
 * Against a real Ollama with a model of 135 million parameters: what it says is nonsense, so only form and provenance are
 * looked at. What a scripted server pretends in `tests/reasoning` is shown here to be how Ollama behaves. The long prompt is
 * read once, in the first test; later ones find it in Ollama's cache. The last one kills the server.
 */

const parts = await buildOllama().catch((error: Error): string => error.message);
if (typeof parts === 'string')
  process.stderr.write(`the contract tests against a real Ollama are skipped: ${parts}\n`);
const testWithOllama = typeof parts === 'string' ? test.skip : test;

const input = driftCase();
const byRules = diagnoseByRules(input);
/** Ample for one thread on a busy machine: reading 3,400 tokens takes 20 s when it is quiet, 80 s when it is not. */
const PATIENCE = 600_000;
let ollama: RunningOllama;
const settings = (over: { model?: string; url?: string; timeoutMs?: number } = {}) => ({
  url: ollama.url,
  model: TEST_MODEL,
  timeoutMs: PATIENCE,
  ...over,
});
const outcomes = (calls: ModelCall[]) => calls.map(({ outcome }) => outcome);

beforeAll(async () => {
  if (typeof parts !== 'string') ollama = await startOllama(parts);
});
afterAll(async () => {
  await ollama?.[Symbol.asyncDispose]();
});

testWithOllama(
  'Ollama holds an answer to our schema, streams it, and reads no more tokens than estimated',
  async () => {
    const asked = firstPrompt(openCase(input), true)!;
    const seen: string[] = [];
    const signals = { deadline: AbortSignal.timeout(PATIENCE) };
    const reply = await askModel(settings(), asked, signals, (soFar) => seen.push(soFar));
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.every((text, i) => i === 0 || text.startsWith(seen[i - 1]!))).toBe(true);
    expect(reply.tokens_out).toBeGreaterThan(20);
    expect(reply.tokens_in).toBeGreaterThan(1_000);
    expect(reply.tokens_in).toBeLessThanOrEqual(estimateTokens(`${asked.system}\n${asked.user.join('\n')}`));
    // Cut at its limit, the answer is no JSON; whole, it is exactly of the schema, ids and actions included.
    if (reply.broken === null) expect(parseAnswer(asked.schema, reply.text)).toHaveProperty('answer');
  },
  PATIENCE,
);

testWithOllama(
  'a diagnosis comes of it, by the model or, visibly, by the rules',
  async () => {
    const environment = activityEnvironment();
    let beats = 0;
    environment.on('heartbeat', () => {
      beats += 1;
    });
    const answer = await diagnosed(input, settings(), false, environment);
    expectProvenance(answer);
    expect(beats).toBeGreaterThan(20);
    for (const { tokens_in, tokens_out, ms } of answer.calls)
      for (const figure of [tokens_in, tokens_out, ms]) expect(figure).toBeGreaterThan(0);
  },
  PATIENCE,
);

/** Whoever diagnosed, nothing in it was invented, and the calls say who did and why. */
function expectProvenance({ diagnosis, calls }: DiagnoseAnswer) {
  const last = calls.at(-1)!;
  if (diagnosis!.diagnosed_by === 'rules') {
    expect(diagnosis).toEqual(byRules);
    expect(['faulty', 'bad_output']).toContain(last.outcome);
    expect(calls.map(({ prompt }) => prompt)).toEqual(['diagnose@2', 'repair@2']);
  } else {
    expect([diagnosis!.diagnosed_by, last.outcome]).toEqual([TEST_MODEL, 'used']);
    const ids = input.evidence.map(({ id }) => id);
    for (const id of diagnosis!.evidence) expect(ids).toContain(id);
  }
}

testWithOllama(
  'an answer to a person streams; what is shown in the end cites collected evidence',
  async () => {
    const seen: string[] = [];
    const { text, citations, answered_by, calls } = await streamAnswer({
      question: 'Why is the fraud model drifting?',
      evidence: input.evidence,
      diagnosis: byRules,
      model: settings(),
      byRules: `${byRules.root_cause} [${byRules.evidence[0]}]`,
      onText: (soFar) => seen.push(soFar),
    });
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.at(-1)!.trim()).toBe(text);
    expect(citations.length).toBeGreaterThan(0);
    const ids = input.evidence.map(({ id }) => id);
    for (const id of citations) expect(ids).toContain(id);
    expect(outcomes(calls)).toEqual([answered_by === 'rules' ? 'faulty' : 'used']);
  },
  PATIENCE,
);

testWithOllama(
  'an answer that Ollama ends at once is bad output, twice, then the rules',
  async () => {
    const { diagnosis, calls } = await diagnosed(input, settings({ model: MUTE_MODEL }));
    expect(outcomes(calls)).toEqual(['bad_output', 'bad_output']);
    expect(calls[0]!.detail).toBe('the answer is empty');
    expect(diagnosis).toEqual(byRules);
  },
  600_000,
);

testWithOllama(
  'time-out, missing model, wrong path and nobody there: each has its name, and the rules decide',
  async () => {
    const late = await diagnosed(input, settings({ timeoutMs: 300 }));
    const missing = await diagnosed(input, settings({ model: 'nobody-has-this' }));
    const elsewhere = await diagnosed(input, settings({ url: `${ollama.url}/elsewhere` }));
    const refused = await diagnosed(input, settings({ url: 'http://127.0.0.1:9' }));
    expect(outcomes([late, missing, elsewhere, refused].flatMap(({ calls }) => calls))).toEqual([
      'timed_out',
      'model_missing',
      'failed',
      'unreachable',
    ]);
    expect(missing.calls[0]!.detail).toMatch(/nobody-has-this.*not found/);
    for (const { diagnosis } of [late, missing, elsewhere, refused]) expect(diagnosis).toEqual(byRules);
  },
);

testWithOllama(
  'Ollama killed in the middle of an answer: the diagnosis is the rules’ one',
  async () => {
    const environment = activityEnvironment();
    let characters = 0;
    environment.on('heartbeat', (beat: { characters?: number }) => {
      characters = beat.characters ?? characters;
      ollama.kill();
    });
    const { diagnosis, calls } = await diagnosed(input, settings(), false, environment);
    expect(characters).toBeGreaterThan(0);
    expect(outcomes(calls)).toEqual(['failed']);
    expect(diagnosis).toEqual(byRules);
  },
  PATIENCE,
);
