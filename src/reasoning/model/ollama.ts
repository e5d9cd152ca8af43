import type { ModelCall } from '../../domain/model-call.ts';
import { AnswerError, guardedFetch } from './transport.ts';

/** Where the language model is and how long it may take; `config.ollama`. */
export interface ModelSettings {
  url: string;
  model: string;
  /** For all calls of one round of reasoning together. */
  timeoutMs: number;
}

/** One message to the model: its instructions, then the messages of a person. */
export interface ModelRequest {
  /** Name and version of the prompt: `diagnose@1`. */
  prompt: string;
  system: string;
  user: string[];
  /** JSON schema that Ollama holds the answer to; absent: free text. */
  format?: Record<string, unknown>;
}

export interface Reply {
  text: string;
  /** Why the text is not a whole answer: it was cut at the limit, or the model called a tool. Null: it is one. */
  broken: string | null;
  tokens_in: number | null;
  tokens_out: number | null;
  ms: number;
}

type Failure = Extract<ModelCall['outcome'], 'timed_out' | 'unreachable' | 'model_missing' | 'failed'>;

/** The model gave no answer; `outcome` is the kind of the failure. Temporal decides about another try. */
export class ModelError extends Error {
  override name = 'ModelError';
  readonly outcome: Failure;
  readonly ms: number;
  constructor(outcome: Failure, message: string, ms: number) {
    super(message);
    this.outcome = outcome;
    this.ms = ms;
  }
}

/** A model's or server's words as the trace shows them: one line, no markup of pages or diagrams, 200 characters at most. */
export function brief(text: string): string {
  const line = text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[<>`]/g, '')
    .replaceAll('|', '/')
    .trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** Tokens of prompt and answer together; Llama 3 takes 8,192. Ollama's own default is less, and it cuts silently. */
export const CONTEXT_TOKENS = 8_192;
export const ANSWER_TOKENS = 1_000;
/** No token is as long on average: a longer answer was not held to `ANSWER_TOKENS`. */
const ANSWER_CHARACTERS = 16 * ANSWER_TOKENS;

/**
 * Asks the model once, streaming. Temperature 0 and a fixed seed: the same prompt gives the same answer.
 * @param deadline aborts the call: time is up
 * @param cancelled aborts it as well; its reason is thrown unchanged, as nobody wants the answer any more
 * @param onText receives the answer so far
 * @throws ModelError when Ollama gave no answer
 */
export async function askModel(
  { url, model }: ModelSettings,
  { system, user, format }: ModelRequest,
  signals: { deadline: AbortSignal; cancelled?: AbortSignal | undefined },
  onText: (soFar: string) => void = () => {},
): Promise<Reply> {
  // Loaded when a model is first asked: a worker without one starts without.
  const [{ ChatOllama }, { AIMessageChunk, HumanMessage, SystemMessage }] = await Promise.all([
    import('@langchain/ollama'),
    import('@langchain/core/messages'),
  ]);
  const started = performance.now();
  const ms = () => Math.round(performance.now() - started);
  const { deadline, cancelled } = signals;
  const signal = cancelled ? AbortSignal.any([deadline, cancelled]) : deadline;
  const chat = new ChatOllama({
    baseUrl: url,
    model,
    temperature: 0,
    seed: 1,
    numCtx: CONTEXT_TOKENS,
    numPredict: ANSWER_TOKENS,
    maxRetries: 0,
    fetch: guardedFetch(signal),
    ...(format && { format }),
  });
  let whole = new AIMessageChunk('');
  try {
    const messages = [new SystemMessage(system), ...user.map((text) => new HumanMessage(text))];
    for await (const chunk of await chat.stream(messages)) {
      whole = whole.concat(chunk);
      onText(whole.text);
    }
  } catch (error) {
    cancelled?.throwIfAborted();
    if (deadline.aborted) throw new ModelError('timed_out', `no whole answer after ${ms()} ms`, ms());
    throw failureOf(error as Error, url, ms());
  }
  const { tool_call_chunks, response_metadata, usage_metadata } = whole;
  return {
    text: whole.text,
    broken: tool_call_chunks?.length
      ? 'it called a tool instead of answering'
      : response_metadata.done_reason === 'length'
        ? `it was cut at ${ANSWER_TOKENS} tokens`
        : whole.text.length > ANSWER_CHARACTERS
          ? `it is longer than ${ANSWER_CHARACTERS} characters`
          : null,
    tokens_in: usage_metadata?.input_tokens || null,
    tokens_out: usage_metadata?.output_tokens || null,
    ms: ms(),
  };
}

function failureOf(error: Error, url: string, ms: number): ModelError {
  if (error instanceof AnswerError)
    return new ModelError(error.missing ? 'model_missing' : 'failed', brief(error.message), ms);
  const { code } = (error.cause ?? {}) as { code?: string };
  if (error.message === 'fetch failed')
    return new ModelError('unreachable', `${url} does not answer${code ? ` (${code})` : ''}`, ms);
  return new ModelError('failed', brief(error.message), ms);
}
