import type { StreamedEvent } from '../../src/api/routes/investigation-stream.ts';

/** A stream of server-sent events, read message by message as a browser would. */
export class ReadStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(response: Response) {
    this.#reader = response.body!.getReader();
  }

  /** The next event, or null at the end of the stream. Comments are passed over. */
  async next(): Promise<{ id: string | null; event: StreamedEvent } | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const message = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        const data = /^data: (.*)$/m.exec(message)?.[1];
        if (data) return { id: /^id: (\d+)$/m.exec(message)?.[1] ?? null, event: JSON.parse(data) };
        continue;
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  async rest(): Promise<{ id: string | null; event: StreamedEvent }[]> {
    const events = [];
    for (let next = await this.next(); next; next = await this.next()) events.push(next);
    return events;
  }

  async leave(): Promise<void> {
    await this.#reader.cancel();
  }
}
