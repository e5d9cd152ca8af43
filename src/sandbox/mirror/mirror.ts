import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database.ts';
import { copyOwed } from './copy.ts';
import { MIRROR, type MirrorState } from './owed.ts';
import type { Target } from './target.ts';

/** Between two copies; what changes meanwhile goes in one. */
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Keeps Snowflake showing this world: copies what has changed, over and over. When Snowflake is away or slow the world goes on, and
 * the mirror catches up later.
 */
export class Mirror {
  readonly #database: Database;
  readonly #target: Target;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  /** Resolved, with whether it succeeded, by the next copy that is begun. */
  #next = Promise.withResolvers<boolean>();
  #failures = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(database: Database, target: Target, log: Logger) {
    this.#database = database;
    this.#target = target;
    this.#log = log;
  }

  /** Whether this world was loaded into that Snowflake; only then is it kept there. */
  static isLoaded(database: Database, target: Target): boolean {
    return database.document<MirrorState>(MIRROR)?.target === target.name;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Whether Snowflake shows all that has happened up to now; waits for the copy of it, but not for a Snowflake that is away. */
  async caughtUp(withinMs: number): Promise<boolean> {
    if (this.#failures > 0 || this.#stopping.signal.aborted) return false;
    const copied = this.#next.promise;
    this.#wake.abort();
    const late = new AbortController();
    try {
      return await Promise.race([copied, delay(withinMs, false, { signal: late.signal })]);
    } finally {
      late.abort();
    }
  }

  /** Stops; what is being copied is taken back there, and made up for after the next start. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#wake = new AbortController();
      const { resolve } = this.#next;
      this.#next = Promise.withResolvers();
      resolve(await this.#copy());
      const pause = Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** this.#failures);
      await delay(pause, undefined, { signal: this.#wake.signal }).catch(() => undefined);
    }
    this.#next.resolve(false);
  }

  async #copy(): Promise<boolean> {
    const signal = this.#stopping.signal;
    try {
      await copyOwed(this.#database, this.#target, { signal });
      if (this.#failures > 0) this.#log.info('Snowflake is back and shows this world again');
      this.#failures = 0;
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (this.#failures++ === 0) {
        this.#log.warn(error, `Snowflake is behind: ${(error as Error).message}; the world goes on`);
      }
      return false;
    }
  }
}
