import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, CliError } from './api-client.ts';

const COME_AGAIN_MS = 1_000;
/** An API that restarts is back well within this many tries. */
const MOST_TRIES = 30;

/**
 * The events of a stream as they come, each as its JSON, until one has the type `done`. A connection that breaks is made
 * again and goes on after the last event.
 * @throws CliError where the API refuses it, or does not come back; what `signal` aborts with
 */
export async function* eventsOf<T extends { type: string }>(
  api: ApiClient,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<T> {
  let last = '';
  for (let tries = 1; ; tries++) {
    try {
      const response = await api.open(path, last, signal);
      for await (const { id, data } of serverSentEvents(response)) {
        tries = 0;
        if (id) last = id;
        const event = JSON.parse(data) as T;
        yield event;
        if (event.type === 'done') return;
      }
    } catch (error) {
      signal.throwIfAborted();
      const refused = error instanceof CliError && error.cause === undefined;
      if (refused || tries >= MOST_TRIES) throw error;
    }
    await sleep(COME_AGAIN_MS, undefined, { signal });
  }
}

/** Parses `text/event-stream`; comments are left out. */
async function* serverSentEvents(response: Response): AsyncGenerator<{ id: string; data: string }> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const messages = text.split(/\r?\n\r?\n/);
    text = messages.pop()!;
    for (const message of messages) {
      const lines = message.split(/\r?\n/);
      const field = (name: string) =>
        lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
      const data = field('data').join('\n');
      if (data) yield { id: field('id').join(''), data };
    }
  }
}
