import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a client asked of `/api/chat`. */
export interface ChatRequest {
  model: string;
  messages: { role: string; content: string }[];
  format?: Record<string, unknown>;
  stream: boolean;
  options: Record<string, unknown>;
}

/** How the server answers one chat: with a text, or in one of the ways in which Ollama fails. */
export type ChatScript =
  | { text: string; done_reason?: 'stop' | 'length' }
  /** These bytes, with this content type or none, status 200. */
  | { raw: string; type: string | null }
  | { redirect: string }
  | { tool_call: { name: string; arguments: Record<string, unknown> } }
  /** The connection ends after these characters, without the last line. */
  | { truncated: string }
  /** An error line in the middle of the stream, after status 200. */
  | { errorInStream: string }
  | { status: number; body: string }
  /** Headers and this much text, then silence until the client goes away. */
  | { silentAfter: string };

/** A server that speaks Ollama's protocol and says what a test tells it to. */
export interface ScriptedOllama extends AsyncDisposable {
  url: string;
  /** Every chat that was asked for, in order. */
  chats: ChatRequest[];
  /** How many clients went away before their answer was whole. */
  hungUp(): number;
}

const VERSION = '0.17.4';
const PIECE = 40;

/**
 * Listens on loopback. The n-th chat is answered by the n-th script, those after the last one by the last.
 * @param model the only one it knows; others get Ollama's 404
 */
export async function scriptedOllama(
  scripts: readonly (ChatScript | ((request: ChatRequest) => ChatScript))[],
  model = 'scripted',
): Promise<ScriptedOllama> {
  const chats: ChatRequest[] = [];
  let hungUp = 0;
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) hungUp += 1;
    });
    void answer(request, response);
  });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    switch (`${request.method} ${request.url}`) {
      case 'GET /api/version':
        return json(response, 200, { version: VERSION });
      case 'GET /api/tags':
        return json(response, 200, { models: [{ name: `${model}:latest`, model: `${model}:latest` }] });
      case 'POST /api/show':
        return body.model === model
          ? json(response, 200, { details: { family: 'scripted' }, capabilities: ['completion'] })
          : json(response, 404, { error: `model '${body.model}' not found` });
      case 'POST /api/chat': {
        const chat = body as unknown as ChatRequest;
        if (chat.model !== model) return json(response, 404, { error: `model '${chat.model}' not found` });
        const script = scripts[Math.min(chats.length, scripts.length - 1)]!;
        chats.push(chat);
        return play(response, chat, typeof script === 'function' ? script(chat) : script);
      }
      default:
        return json(response, 404, { error: 'not found' });
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    chats,
    hungUp: () => hungUp,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function play(response: ServerResponse, { model }: ChatRequest, script: ChatScript): void {
  if ('status' in script) {
    response.writeHead(script.status, { 'content-type': 'application/json; charset=utf-8' });
    return void response.end(script.body);
  }
  if ('raw' in script) {
    response.writeHead(200, script.type ? { 'content-type': script.type } : {});
    return void response.end(script.raw);
  }
  if ('redirect' in script) {
    response.writeHead(307, { location: script.redirect });
    return void response.end();
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const line = (fields: object) =>
    response.write(`${JSON.stringify({ model, created_at: '2026-11-23T12:00:00.000Z', ...fields })}\n`);
  const say = (text: string) => {
    for (let i = 0; i < text.length; i += PIECE)
      line({ message: { role: 'assistant', content: text.slice(i, i + PIECE) }, done: false });
  };
  const done = (done_reason: string, tokens: number) => {
    line({
      message: { role: 'assistant', content: '' },
      ...{ done: true, done_reason, total_duration: 2_000_000, load_duration: 500_000 },
      ...{ prompt_eval_count: 321, prompt_eval_duration: 600_000 },
      ...{ eval_count: tokens, eval_duration: 900_000 },
    });
    response.end();
  };
  if ('text' in script) {
    say(script.text);
    done(script.done_reason ?? 'stop', 123);
  } else if ('tool_call' in script) {
    line({
      message: { role: 'assistant', content: '', tool_calls: [{ function: script.tool_call }] },
      done: false,
    });
    done('stop', 9);
  } else if ('truncated' in script) {
    say(script.truncated);
    response.end();
  } else if ('errorInStream' in script) response.end(`${JSON.stringify({ error: script.errorInStream })}\n`);
  else {
    say(script.silentAfter);
    response.flushHeaders();
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : {};
}
