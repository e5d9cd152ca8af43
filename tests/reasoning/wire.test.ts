import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ANSWER_TOKENS, askModel } from '../../src/reasoning/model/ollama.ts';
import { type ChatScript, scriptedOllama } from '../support/scripted-ollama.ts';
import { until } from '../support/until.ts';

/** What servers, proxies and gateways do to an answer on its way. */

const TEXT = '{"claims": "é, 漢, \u{1f389} and so on"}';
const line = (fields: object) => `${JSON.stringify(fields)}\n`;
const said = (content: string) => line({ message: { role: 'assistant', content }, done: false });
const done = line({ message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop' });
const lines = [said(TEXT.slice(0, 20)), said(TEXT.slice(20)), done];

const warn = jest.spyOn(console, 'warn');
const log = jest.spyOn(console, 'log');
beforeEach(() => {
  warn.mockClear();
  log.mockClear();
});
/** The trace says what was wrong; a worker's console is not the place for what a server sent. */
afterEach(() => {
  expect(warn).not.toHaveBeenCalled();
  expect(log).not.toHaveBeenCalled();
});

async function asked(script: ChatScript, timeoutMs = 10_000) {
  await using ollama = await scriptedOllama([script]);
  const settings = { url: ollama.url, model: 'scripted', timeoutMs };
  const request = { prompt: 'test@1', system: 'Answer.', user: ['What happened?'] };
  const started = performance.now();
  const answer = await askModel(settings, request, { deadline: AbortSignal.timeout(timeoutMs) }).then(
    (reply) => ({ reply, outcome: null, message: '' }),
    ({ outcome, message }) => ({ reply: null, outcome, message: String(message) }),
  );
  return { ...answer, url: ollama.url, ms: performance.now() - started, chats: ollama.chats.length };
}

test.each<[string, ChatScript]>([
  ['without a content type', { raw: lines.join(''), type: null }],
  ['as plain text', { raw: lines.join(''), type: 'text/plain' }],
  ['as bytes', { raw: lines.join(''), type: 'application/octet-stream' }],
  ['with blank lines', { raw: `\n${lines.join('\n \n')}\n\n`, type: 'application/x-ndjson' }],
  ['with lines ended as on Windows', { raw: lines.join('').replaceAll('\n', '\r\n'), type: null }],
  ['without the last line end', { raw: lines.join('').trimEnd(), type: null }],
  ['with a last line of figures alone', { raw: `${lines[0]}${lines[1]}${line({ done: true })}`, type: null }],
])('an answer %s is read', async (_, script) => {
  const { reply, message } = await asked(script);
  expect(message).toBe('');
  expect(reply).toMatchObject({ text: TEXT, broken: null });
});

const KEY = 'sk-live-1234567890';

test.each<[string, ChatScript, string, RegExp]>([
  [
    'a broken line in the middle',
    { raw: [lines[0], '{"message": {"content": "ever\n', ...lines.slice(1)].join(''), type: null },
    'failed',
    /^expected lines of JSON from Ollama, got "\{"message": \{"content": "ever" \(no content type\)$/,
  ],
  [
    'a line of JSON that is not Ollama’s',
    { raw: [lines[0], '[1, 2]\n', ...lines.slice(1)].join(''), type: 'application/x-ndjson' },
    'failed',
    /^expected lines of JSON from Ollama, got "\[1, 2\]" \(application\/x-ndjson\)$/,
  ],
  [
    'a page',
    { raw: '<!doctype html>\n<p>Sign in</p>', type: 'text/html' },
    'failed',
    /^expected lines of JSON from Ollama, got "!doctype html" \(text\/html\)$/,
  ],
  [
    'a redirect',
    { redirect: `https://login.example/start?key=${KEY}` },
    'failed',
    /^redirected to https:\/\/login\.example; set the URL of Ollama itself$/,
  ],
  ['a redirect to nowhere', { redirect: 'http://[' }, 'failed', /^redirected to nowhere/],
  [
    'a gateway’s 404',
    { status: 404, body: '{"error":"no such route"}' },
    'failed',
    /^HTTP 404: no such route$/,
  ],
  ['a gateway’s empty 503', { status: 503, body: '' }, 'failed', /^HTTP 503: nothing else$/],
  [
    'an old Ollama’s 404',
    { status: 404, body: `{"error":"model \\"scripted\\" not found, try pulling it first"}` },
    'model_missing',
    /^model "scripted" not found/,
  ],
  ['an error of a megabyte', { status: 500, body: 'x'.repeat(1 << 20) }, 'failed', /^more than 256 KB came/],
])('%s is no answer, and the reason is told', async (_, script, outcome, detail) => {
  const answer = await asked(script);
  expect(answer).toMatchObject({ outcome, chats: 1 });
  expect(answer.message).toMatch(detail);
  expect(answer.message).not.toContain(KEY);
});

test.each<[string, ChatScript]>([
  ['in pieces', { text: 'x'.repeat(1 << 20) }],
  ['in one line', { raw: said('x'.repeat(1 << 20)) + done, type: null }],
  ['without any line end', { raw: 'y'.repeat(1 << 20), type: null }],
])('an answer of a megabyte %s ends at 256 KB', async (_, script) => {
  const { outcome, message, ms } = await asked(script);
  expect([outcome, message]).toEqual(['failed', 'more than 256 KB came; an answer takes less']);
  expect(ms).toBeLessThan(5_000);
});

test('what nobody wants any more is not read on', async () => {
  await using ollama = await scriptedOllama([{ text: 'x'.repeat(8 << 20) }]);
  const settings = { url: ollama.url, model: 'scripted', timeoutMs: 10_000 };
  const request = { prompt: 'test@1', system: 'Answer.', user: ['What happened?'] };
  const running = askModel(settings, request, { deadline: AbortSignal.timeout(10_000) });
  await expect(running).rejects.toThrow('more than 256 KB');
  await until(() => ollama.hungUp() === 1);
});

test('an answer of more characters than its tokens can have is broken', async () => {
  const { reply } = await asked({ raw: said('x'.repeat(17 * ANSWER_TOKENS)) + done, type: null });
  expect(reply!.broken).toBe(`it is longer than ${16 * ANSWER_TOKENS} characters`);
});
