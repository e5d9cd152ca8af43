import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary directory that goes with its user: when it is disposed of, and when the process is told to end. */
export class Scratch implements Disposable {
  readonly path: string;

  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix));
    process.once('SIGINT', this.#end).once('SIGTERM', this.#end);
  }

  /** The signal again, and no one to catch it: the process ends as if it had never been caught. */
  readonly #end = (signal: NodeJS.Signals): void => {
    this[Symbol.dispose]();
    process.kill(process.pid, signal);
  };

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#end).off('SIGTERM', this.#end);
    rmSync(this.path, { recursive: true, force: true });
  }
}
