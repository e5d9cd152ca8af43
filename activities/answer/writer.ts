import type { Citation } from '../../src/domain/investigation.ts';
import type { Store } from '../../src/store/port.ts';

/** A model says tens of words a second; a row for each would be more than anybody reads. */
const WRITE_EVERY_MS = 200;

type AnswerStore = Pick<Store, 'beginAnswer' | 'addToAnswer'>;

/** One attempt at an answer on its way to the store: hears the whole text so far, writes what is new of it, one write at a time. */
export class AnswerWriter {
  readonly #store: AnswerStore;
  readonly #id: string;
  #attempt: number;
  /** What the store has of the newest attempt. */
  #written = '';
  #heard = '';
  #writing: Promise<void> = Promise.resolve();
  #nextAt = 0;
  readonly #outdated = new AbortController();

  private constructor(store: AnswerStore, id: string, attempt: number) {
    this.#store = store;
    this.#id = id;
    this.#attempt = attempt;
  }

  /** Ends the attempts before it; where one has said something already, readers are told that it starts again. */
  static async begin(store: AnswerStore, id: string): Promise<AnswerWriter> {
    return new AnswerWriter(store, id, await store.beginAnswer(id, 'the attempt before did not finish'));
  }

  /** Aborts when another attempt has begun, or when the store fails: then this one must stop. */
  get outdated(): AbortSignal {
    return this.#outdated.signal;
  }

  /** @param soFar the answer from its beginning; what does not continue the text before starts it again */
  hear(soFar: string): void {
    this.#heard = soFar;
    if (performance.now() < this.#nextAt) return;
    this.#nextAt = performance.now() + WRITE_EVERY_MS;
    void this.#write();
  }

  /** Writes what is left of the text, then what it cites. @throws what `outdated` aborts with */
  async end(text: string, by: string, citations: Citation[]): Promise<void> {
    this.#heard = text;
    await this.#write();
    this.outdated.throwIfAborted();
    await this.#add({ type: 'citations', attempt: this.#attempt, by, citations });
  }

  #write(): Promise<void> {
    const next = this.#writing.then(() => this.#writeNew());
    this.#writing = next.catch((error) => this.#outdated.abort(error));
    return this.#writing;
  }

  async #writeNew(): Promise<void> {
    const text = this.#heard;
    if (this.outdated.aborted || text === this.#written) return;
    if (!text.startsWith(this.#written)) {
      const next = await this.#store.beginAnswer(this.#id, 'the draft was not usable', this.#attempt);
      if (next === null) throw this.#isOutdated();
      this.#attempt = next;
      this.#written = '';
    }
    await this.#add({ type: 'piece', attempt: this.#attempt, text: text.slice(this.#written.length) });
    this.#written = text;
  }

  async #add(event: Parameters<Store['addToAnswer']>[1]): Promise<void> {
    if (!(await this.#store.addToAnswer(this.#id, event))) throw this.#isOutdated();
  }

  #isOutdated(): Error {
    return new Error(`attempt ${this.#attempt} at the answer is outdated: a newer one has begun`);
  }
}
