import type { Connection } from 'snowflake-sdk';

export interface PoolOptions {
  /** How many connections may be in use at once; who comes later waits in line. */
  size: number;
  /** A connection that nobody used for this long is closed. */
  idleMs: number;
  connect(signal: AbortSignal): Promise<Connection>;
  /** Never rejects. */
  disconnect(connection: Connection): Promise<void>;
}

/**
 * Connections for use by one at a time. The driver's own pool turns errors into text, so that a refused login looks like a lost
 * connection, keeps the socket of a login that failed, and lets nobody in line go who has been aborted.
 */
export class SnowflakePool {
  readonly #options: PoolOptions;
  readonly #idle: { connection: Connection; timer: NodeJS.Timeout }[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #leaving = new Set<Promise<void>>();
  #free: number;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#free = options.size;
  }

  /** A connection, idle or new. Give it back with `release` or `discard`. @throws what `connect` throws, or the signal's reason */
  async acquire(signal: AbortSignal): Promise<Connection> {
    await this.#takePlace(signal);
    const idle = this.#idle.pop();
    if (idle) {
      clearTimeout(idle.timer);
      return idle.connection;
    }
    try {
      return await this.#options.connect(signal);
    } catch (error) {
      this.#givePlace();
      throw error;
    }
  }

  /** The connection is as good as before: the next may have it. */
  release(connection: Connection): void {
    const entry = { connection, timer: setTimeout(() => this.#drop(entry), this.#options.idleMs).unref() };
    this.#idle.push(entry);
    this.#givePlace();
  }

  /** Nobody uses the connection again; it is closed once `after` has resolved. */
  discard(connection: Connection, after: Promise<void> = Promise.resolve()): void {
    const left = after.then(() => this.#options.disconnect(connection));
    this.#leaving.add(left);
    void left.finally(() => this.#leaving.delete(left));
    this.#givePlace();
  }

  /** Closes what is idle, and waits for what is being closed. To be called when no connection is in use. */
  async close(): Promise<void> {
    const idle = this.#idle.splice(0);
    for (const { timer } of idle) clearTimeout(timer);
    await Promise.all([
      ...this.#leaving,
      ...idle.map(({ connection }) => this.#options.disconnect(connection)),
    ]);
  }

  #drop(entry: { connection: Connection; timer: NodeJS.Timeout }): void {
    this.#idle.splice(this.#idle.indexOf(entry), 1);
    void this.#options.disconnect(entry.connection);
  }

  #takePlace(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (this.#free > 0) {
        this.#free--;
        resolve();
        return;
      }
      const go = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(go);
    });
  }

  #givePlace(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
