import { z } from 'zod';

/**
 * A line of Ollama's stream carries about one token in 150 bytes, and an answer has `ANSWER_TOKENS` at most: a longer stream is
 * no answer.
 */
const MOST_BYTES = 256 * 1024;

/** The server's response is not a model's answer; `missing`: Ollama does not have the model. */
export class AnswerError extends Error {
  override name = 'AnswerError';
  readonly missing: boolean;
  constructor(message: string, missing = false) {
    super(message);
    this.missing = missing;
  }
}

/** One line of the stream. Servers built from older documentation leave the message out of the last one. */
const Line = z.union([
  z.looseObject({ error: z.string() }),
  z.looseObject({ message: z.looseObject({ content: z.string().default('') }) }),
  z
    .looseObject({ done: z.literal(true) })
    .transform((line) => ({ ...line, message: { role: 'assistant', content: '' } })),
]);

/**
 * A stricter `fetch` for the client of `@langchain/ollama`. That client checks a signal only between two chunks, prints lines that
 * it cannot parse to the console and goes on without them. This `fetch` ends the request itself. It throws AnswerError for a
 * redirect, an error status, a line that is not Ollama's and more than 256 KB. The lines decide whether it is an answer, not the
 * content type, which proxies lose.
 */
export function guardedFetch(signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    const signals = init?.signal ? [signal, init.signal] : [signal];
    const response = await fetch(input, {
      ...init,
      signal: AbortSignal.any(signals),
      redirect: 'manual',
    });
    const { status, headers } = response;
    const location = headers.get('location');
    if (status >= 300 && status < 400 && location) {
      await response.body?.cancel();
      const origin = URL.parse(location, response.url)?.origin ?? 'nowhere';
      throw new AnswerError(`redirected to ${origin}; set the URL of Ollama itself`);
    }
    const body = response.body?.pipeThrough(atMost(MOST_BYTES)) ?? null;
    if (response.ok) return new Response(body?.pipeThrough(linesOf(headers)) ?? null, { status, headers });
    const text = await new Response(body).text();
    const error = errorOf(text);
    if (status === 404 && error && /\bmodel\b.*\bnot found\b/i.test(error))
      throw new AnswerError(error, true);
    throw new AnswerError(`HTTP ${status}: ${error ?? (text || 'nothing else')}`);
  };
}

function atMost(bytes: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let left = bytes;
  return new TransformStream({
    transform(chunk, out) {
      left -= chunk.byteLength;
      if (left < 0) throw new AnswerError(`more than ${bytes / 1024} KB came; an answer takes less`);
      out.enqueue(chunk);
    },
  });
}

/** Passes on whole lines of Ollama's. Empty lines are skipped; any other line ends the answer. */
function linesOf(headers: Headers): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = '';
  const checked = (line: string) => {
    if (line.trim() === '') return '';
    const parsed = Line.safeParse(jsonOf(line));
    if (parsed.success) return `${JSON.stringify(parsed.data)}\n`;
    const type = headers.get('content-type') ?? 'no content type';
    throw new AnswerError(`expected lines of JSON from Ollama, got "${line.slice(0, 60)}" (${type})`);
  };
  return new TransformStream({
    transform(chunk, out) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop()!;
      const text = lines.map(checked).join('');
      if (text) out.enqueue(encoder.encode(text));
    },
    flush(out) {
      const text = checked(rest + decoder.decode());
      if (text) out.enqueue(encoder.encode(text));
    },
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error that Ollama reports as `{"error": "…"}`. */
function errorOf(body: string): string | undefined {
  return z.object({ error: z.string() }).safeParse(jsonOf(body)).data?.error;
}
